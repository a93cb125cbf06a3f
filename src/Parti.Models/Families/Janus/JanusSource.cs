using System.Text.Json;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;
using Parti.Models.Text.ByteLevel;

namespace Parti.Models.Families.Janus;

/// <summary>A published Janus, and the sizes that its tensors and its configuration show.</summary>
sealed class JanusSource : IDisposable
{
    /// <summary>What stands before the names of the image tokenizer's tensors.</summary>
    internal const string ImageTokenizerPrefix = "gen_vision_model.";

    /// <summary>Name of the text tokenizer's file.</summary>
    internal const string TokenizerFile = "tokenizer.json";

    // Upstream sets no limit; a prompt of this length has some 180 English words.
    private const int MaxPrompt = 256;
    private const int PublishedEdge = 24, UsualHeadWidth = 128;
    private const string Words = "language_model.model.embed_tokens.weight", Codes = "gen_embed.weight";

    private readonly ImportSource _source;
    private readonly JsonDocument? _config;

    private JanusSource(ImportSource source, SourceCheckpoint checkpoint) =>
        (_source, Checkpoint, _config) = (source, checkpoint, source.JsonOf("config.json"));

    /// <summary>The checkpoint.</summary>
    internal SourceCheckpoint Checkpoint { get; }

    // The trunk's part of the configuration.
    private JsonElement Trunk => _config is not null && _config.RootElement.TryGetProperty("language_config", out JsonElement trunk) ? trunk : default;

    /// <summary>Whether a source holds one.</summary>
    internal static bool IsIn(ImportSource source) => source.With(Words, Codes) is not null;

    /// <summary>Finds the checkpoint.</summary>
    /// <exception cref="CheckpointException">There is none.</exception>
    internal static JanusSource Of(ImportSource source) =>
        new(source, source.With(Words, Codes) ?? throw new CheckpointException($"{source.Path} holds no Janus."));

    /// <summary>Sizes for a manifest.</summary>
    internal TransformerArchitecture Transformer()
    {
        int width = Checkpoint.Size(Words, 1), edge = _source.Settings.Whole("grid", PublishedEdge);
        return new()
        {
            EncoderLayers = 0, DecoderLayers = Checkpoint.Layers(layer => $"language_model.model.layers.{layer}.self_attn.q_proj.weight"), Width = width,
            MlpWidth = Checkpoint.Size("language_model.model.layers.0.mlp.gate_proj.weight", 0), Heads = Heads(width), TextVocabulary = Checkpoint.Size(Words, 0),
            MaxTextTokens = MaxPrompt, CodebookSize = Checkpoint.Size(Codes, 0), GridHeight = edge, GridWidth = edge, ImageTokens = edge * edge,
        };
    }

    /// <summary>What the model has beside its sizes.</summary>
    /// <param name="padId">Id of the padding.</param>
    /// <param name="beginId">Id that begins prompts, or −1.</param>
    /// <param name="imageId">Id that ends prompts.</param>
    internal JanusSettings Settings(int padId, int beginId, int imageId)
    {
        int width = Checkpoint.Size(Words, 1);
        return new()
        {
            KeyValueHeads = Checkpoint.Size("language_model.model.layers.0.self_attn.k_proj.weight", 0) / (width / Heads(width)),
            NormEpsilon = Trunk.Number("rms_norm_eps", 1e-6), RotaryBase = Trunk.Number("rope_theta", 10_000), ImageFeatures = Checkpoint.Size(Codes, 1),
            HeadHidden = Checkpoint.Size("gen_head.output_mlp_projector.weight", 0), PadId = padId, BeginId = beginId, ImageId = imageId,
        };
    }

    /// <summary>What the model has beside its sizes, with the ids and roles of the text tokenizer beside the checkpoint.</summary>
    internal JanusSettings Settings()
    {
        ByteLevelTokenizer tokenizer = ByteLevelTokenizer.Load(Tokenizer());
        bool hasRoles = tokenizer.IdOf("<|User|>") is not null;
        JanusPrompt prompt = new(tokenizer, "", "");
        JanusSettings settings = Settings(prompt.PadId, prompt.BeginId, prompt.ImageId);
        return hasRoles ? settings : settings with { UserRole = "User", AssistantRole = "Assistant" };
    }

    /// <summary>Full path of the text tokenizer's file.</summary>
    /// <exception cref="CheckpointException">It is not there.</exception>
    internal string Tokenizer() => _source.FileOf(TokenizerFile)
        ?? throw new CheckpointException($"{_source.Path}: {TokenizerFile} is missing; put the published file of that name beside the checkpoint.");

    /// <summary>The transformer's tensors by our names.</summary>
    internal IReadOnlyDictionary<string, SourceTensor> Tensors() => Checkpoint.Tensors.Values
        .Select(tensor => (Name: JanusKeyMap.Map(tensor.Name), Tensor: tensor)).Where(pair => pair.Name is not null)
        .ToDictionary(pair => pair.Name!, pair => pair.Tensor, StringComparer.Ordinal);

    /// <inheritdoc />
    public void Dispose() => _config?.Dispose();

    private int Heads(int width) => Trunk.Whole("num_attention_heads", Math.Max(1, width / UsualHeadWidth));
}
