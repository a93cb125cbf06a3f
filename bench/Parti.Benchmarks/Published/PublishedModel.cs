using System.Text.Json;
using Parti.Models.Checkpoints;

namespace Parti.Benchmarks.Published;

/// <summary>A published model with random weights.</summary>
/// <param name="Name">Name of the model directory.</param>
/// <param name="Form">What of the published sizes it has.</param>
/// <param name="Prompt">What is drawn.</param>
/// <param name="Edge">Edge of its pictures in pixels.</param>
/// <param name="Write">Writes the published files into a folder.</param>
sealed record PublishedModel(string Name, string Form, string Prompt, int Edge, Action<string> Write)
{
    /// <summary>Whether it is an image tokenizer, to be put under a small decoder.</summary>
    public bool IsImageTokenizer { get; init; }

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PublishedModel> All { get; } =
    [
        new("dalle-mini", "in full", Caption, 256, folder => MinDalle(folder, new(TensorDataType.F32, 12, 1_024, 2_730, 50_264, 16_385), "_mini")),
        new("dalle-mega", "4 of 24 layers in each half, half precision", Caption, 256, folder => MinDalle(folder, new(TensorDataType.F16, 4, 2_048, 4_096, 50_272, 16_416), "")),
        new("llamagen-t2i", "XL with 8 of 36 layers, T5-XL with 4 of 24", Caption, 256, LlamaGenCaptions),
        new("llamagen-c2i", "B in full", "207", 256, LlamaGenClasses),
        new("janus-pro-1b", "4 of 24 layers", Caption, 384, folder => Janus(folder, new(4, 2_048, 5_632, 16))),
        new("janus-pro-7b", "1 of 30 layers", Caption, 384, folder => Janus(folder, new(1, 4_096, 11_008, 32))),
        new("vit-vqgan", "base in full, under a small decoder", Caption, 256, VitVqGan) { IsImageTokenizer = true },
        new("taming-vqgan", "f16 with 16,384 codes in full, under a small decoder", Caption, 256, Taming) { IsImageTokenizer = true },
    ];

    const string Caption = "a red circle to the left of a blue square";

    static void MinDalle(string folder, MinDalleShape shape, string suffix)
    {
        CheckpointFiles.WriteTorch(Path.Combine(folder, $"encoder{suffix}.pt"), DecoderTensors.MinDalleEncoder(shape).Tensors);
        CheckpointFiles.WriteTorch(Path.Combine(folder, $"decoder{suffix}.pt"), DecoderTensors.MinDalleDecoder(shape).Tensors);
        CheckpointFiles.WriteTorch(Path.Combine(folder, "detoker.pt"), ImageTokenizerTensors.Detoker().Tensors);
        Vocabularies.WriteMinDalle(folder, suffix, shape.TextVocabulary);
    }

    static void LlamaGenCaptions(string folder)
    {
        CheckpointFiles.WriteTorch(Path.Combine(folder, "t2i_XL_stage1_256.pt"), DecoderTensors.LlamaGen(8, 1_280, 3_584, 0).Tensors, "model");
        CheckpointFiles.WriteTorch(Path.Combine(folder, "vq_ds16_t2i.pt"), ImageTokenizerTensors.LlamaGen().Tensors, "model");
        CheckpointFiles.WriteShards(folder, DecoderTensors.T5Xl(4).Tensors);
        WriteJson(folder, new { model_type = "t5", d_model = 2_048, d_kv = 64, layer_norm_epsilon = 1e-6, relative_attention_max_distance = 128 });
        Vocabularies.WriteT5(Path.Combine(folder, "spiece.model"));
    }

    static void LlamaGenClasses(string folder)
    {
        CheckpointFiles.WriteTorch(Path.Combine(folder, "c2i_B_256.pt"), DecoderTensors.LlamaGen(12, 768, 2_048, 1_000).Tensors, "model");
        CheckpointFiles.WriteTorch(Path.Combine(folder, "vq_ds16_c2i.pt"), ImageTokenizerTensors.LlamaGen().Tensors, "model");
    }

    static void Janus(string folder, JanusShape shape)
    {
        CheckpointFiles.WriteShards(folder, DecoderTensors.Janus(shape).Tensors);
        WriteJson(folder, new
        {
            model_type = "multi_modality",
            language_config = new
            {
                hidden_size = shape.Width,
                intermediate_size = shape.Mlp,
                num_hidden_layers = shape.Layers,
                num_attention_heads = shape.Heads,
                num_key_value_heads = shape.Heads,
                vocab_size = JanusShape.Vocabulary,
                rms_norm_eps = 1e-6,
                rope_theta = 10_000.0,
            },
        });
        Vocabularies.WriteJanus(Path.Combine(folder, "tokenizer.json"));
    }

    static void VitVqGan(string folder) =>
        CheckpointFiles.WriteTorch(Path.Combine(folder, "imagenet_vitvq_base.ckpt"), ImageTokenizerTensors.VitVqGan().Tensors, "state_dict");

    static void Taming(string folder) => CheckpointFiles.WriteTorch(Path.Combine(folder, "last.ckpt"), ImageTokenizerTensors.Taming(16_384).Tensors, "state_dict");

    static void WriteJson(string folder, object config) => File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(config));
}
