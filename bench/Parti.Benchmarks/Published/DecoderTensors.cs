using Parti.Models.Checkpoints;

namespace Parti.Benchmarks.Published;

/// <summary>Tensors of the published transformers, by the names of their authors.</summary>
static class DecoderTensors
{
    /// <summary>DALL·E mini's or mega's text encoder.</summary>
    public static TensorList MinDalleEncoder(MinDalleShape shape)
    {
        TensorList list = Embeddings(new(shape.Type), shape.TextVocabulary, 64, shape.Width);
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            Attention(list, $"layers.{layer}", "self_attn", shape.Width);
            Glu(list, $"layers.{layer}.glu", shape);
        }
        return list.Norm("layernorm_embedding", shape.Width).Norm("final_ln", shape.Width);
    }

    /// <summary>Its decoder.</summary>
    public static TensorList MinDalleDecoder(MinDalleShape shape)
    {
        TensorList list = Embeddings(new(shape.Type), shape.ImageRows, 256, shape.Width);
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            Attention(list, $"layers.{layer}", "self_attn", shape.Width);
            Attention(list, $"layers.{layer}", "encoder_attn", shape.Width);
            Glu(list, $"layers.{layer}.glu", shape);
        }
        return list.Norm("layernorm_embedding", shape.Width).Norm("final_ln", shape.Width).Matrix("lm_head", shape.ImageRows, shape.Width);
    }

    /// <summary>LlamaGen's decoder for captions (rows of <paramref name="classes"/> 0) or for classes.</summary>
    public static TensorList LlamaGen(int layers, int width, int mlp, int classes)
    {
        TensorList list = new(TensorDataType.F32);
        if (classes > 0)
        {
            list.Matrix("cls_embedding.embedding_table", classes + 1, width);
        }
        else
        {
            list.Add("cls_embedding.uncond_embedding", 120, 2_048).Matrix("cls_embedding.cap_proj.fc1", width, 2_048).Matrix("cls_embedding.cap_proj.fc2", width, width);
        }
        list.Matrix("tok_embeddings", 16_384, width);
        for (int layer = 0; layer < layers; layer++)
        {
            string at = $"layers.{layer}";
            list.Matrix($"{at}.attention.wqkv", 3 * width, width).Matrix($"{at}.attention.wo", width, width)
                .Matrix($"{at}.feed_forward.w1", mlp, width).Matrix($"{at}.feed_forward.w3", mlp, width).Matrix($"{at}.feed_forward.w2", width, mlp)
                .Add($"{at}.attention_norm.weight", width).Add($"{at}.ffn_norm.weight", width);
        }
        return list.Add("norm.weight", width).Matrix("output", 16_384, width);
    }

    /// <summary>FLAN-T5-XL's encoder, and a part of its decoder, which is not needed.</summary>
    public static TensorList T5Xl(int layers)
    {
        const int Width = 2_048, Mlp = 5_120, Heads = 32;
        TensorList list = new TensorList(TensorDataType.F32).Matrix("shared", 32_128, Width);
        for (int layer = 0; layer < layers; layer++)
        {
            string at = $"encoder.block.{layer}.layer";
            foreach (string matrix in new[] { "q", "k", "v", "o" })
            {
                list.Matrix($"{at}.0.SelfAttention.{matrix}", Width, Width);
            }
            if (layer == 0)
            {
                list.Matrix($"{at}.0.SelfAttention.relative_attention_bias", 32, Heads);
            }
            list.Add($"{at}.0.layer_norm.weight", Width).Matrix($"{at}.1.DenseReluDense.wi_0", Mlp, Width).Matrix($"{at}.1.DenseReluDense.wi_1", Mlp, Width)
                .Matrix($"{at}.1.DenseReluDense.wo", Width, Mlp).Add($"{at}.1.layer_norm.weight", Width);
        }
        return list.Add("encoder.final_layer_norm.weight", Width).Matrix("decoder.block.0.layer.0.SelfAttention.q", Width, Width).Add("decoder.final_layer_norm.weight", Width);
    }

    /// <summary>Janus-Pro: trunk, text head, generation heads, image tokenizer, and a part of what reads pictures.</summary>
    public static TensorList Janus(JanusShape shape)
    {
        const int Codes = 16_384, Code = 8;
        TensorList list = new TensorList(TensorDataType.BF16).Matrix("language_model.model.embed_tokens", JanusShape.Vocabulary, shape.Width);
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            string at = $"language_model.model.layers.{layer}";
            foreach (string matrix in new[] { "q", "k", "v", "o" })
            {
                list.Matrix($"{at}.self_attn.{matrix}_proj", shape.Width, shape.Width);
            }
            list.Matrix($"{at}.mlp.gate_proj", shape.Mlp, shape.Width).Matrix($"{at}.mlp.up_proj", shape.Mlp, shape.Width).Matrix($"{at}.mlp.down_proj", shape.Width, shape.Mlp)
                .Add($"{at}.input_layernorm.weight", shape.Width).Add($"{at}.post_attention_layernorm.weight", shape.Width);
        }
        list.Add("language_model.model.norm.weight", shape.Width).Matrix("language_model.lm_head", JanusShape.Vocabulary, shape.Width)
            .Matrix("gen_embed", Codes, Code).Linear("gen_aligner.layers.0", shape.Width, Code).Linear("gen_aligner.layers.2", shape.Width, shape.Width)
            .Linear("gen_head.output_mlp_projector", shape.Width, shape.Width).Linear("gen_head.vision_head", Codes, shape.Width)
            .Linear("aligner.layers.0", shape.Width, 1_024).Linear("vision_model.vision_tower.blocks.0.attn.qkv", 3_072, 1_024);
        return list.Join(ImageTokenizerTensors.LlamaGen(TensorDataType.BF16, "gen_vision_model."));
    }

    static TensorList Embeddings(TensorList list, int rows, int positions, int width) => list.Matrix("embed_tokens", rows, width).Matrix("embed_positions", positions, width);

    static void Attention(TensorList list, string layer, string name, int width)
    {
        list.Norm($"{layer}.pre_{name}_layer_norm", width);
        foreach (string matrix in new[] { "k_proj", "v_proj", "q_proj", "out_proj" })
        {
            list.Matrix($"{layer}.{name}.{matrix}", width, width);
        }
        list.Norm($"{layer}.{name}_layer_norm", width);
    }

    static void Glu(TensorList list, string at, MinDalleShape shape) => list.Norm($"{at}.ln0", shape.Width).Norm($"{at}.ln1", shape.Mlp)
        .Matrix($"{at}.fc0", shape.Mlp, shape.Width).Matrix($"{at}.fc1", shape.Mlp, shape.Width).Matrix($"{at}.fc2", shape.Width, shape.Mlp);
}

/// <summary>Sizes of a DALL·E mini or mega.</summary>
sealed record MinDalleShape(TensorDataType Type, int Layers, int Width, int Mlp, int TextVocabulary, int ImageRows);

/// <summary>Sizes of a Janus.</summary>
sealed record JanusShape(int Layers, int Width, int Mlp, int Heads)
{
    /// <summary>Rows of the text embedding.</summary>
    public const int Vocabulary = 102_400;
}
