using System.Text.Json;
using System.Text.Json.Serialization;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Llama;
using TorchSharp;

namespace Parti.Models.Families.Janus;

/// <summary>What a <c>janus</c> model has beside the sizes of a transformer: <c>architecture.settings</c> of its <c>model.json</c>.</summary>
public sealed record JanusSettings
{
    /// <summary>Heads of keys and values: a divisor of the heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>ε of the norms: above 0 to 0.1; default 1e-6.</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>Base of the rotary frequencies: above 1; default 10,000.</summary>
    public double RotaryBase { get; init; } = 10_000;

    /// <summary>Features of an image token before the aligner: 2 to 1,024.</summary>
    public required int ImageFeatures { get; init; }

    /// <summary>Width between the two matrices of the head: 8 to 65,536.</summary>
    public required int HeadHidden { get; init; }

    /// <summary>Id that takes the place of words in an unconditional prompt.</summary>
    public required int PadId { get; init; }

    /// <summary>Id that begins every prompt; −1, the default, where prompts have none.</summary>
    public int BeginId { get; init; } = -1;

    /// <summary>Id that ends every prompt: the image begins.</summary>
    public required int ImageId { get; init; }

    /// <summary>What the user's turn begins with; default that of Janus-Pro.</summary>
    public string UserRole { get; init; } = "<|User|>";

    /// <summary>What the assistant's turn begins with; default that of Janus-Pro.</summary>
    public string AssistantRole { get; init; } = "<|Assistant|>";

    /// <summary>Reads the settings of a model.</summary>
    /// <param name="manifest">A manifest of family <c>janus</c>.</param>
    /// <exception cref="CheckpointException">They are missing or out of range; the message names the key.</exception>
    public static JanusSettings Of(ModelManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        JanusSettings settings = FamilySettings.Read(manifest, JanusFamily.FamilyName, JanusJson.Default.JanusSettings);
        TransformerArchitecture a = manifest.Architecture.Transformer;
        ManifestCheck check = FamilySettings.Check;
        check.Require("key_value_heads", settings.KeyValueHeads > 0 && a.Heads % settings.KeyValueHeads == 0, settings.KeyValueHeads, $"a divisor of heads ({a.Heads})");
        check.Require("norm_epsilon", settings.NormEpsilon is > 0 and <= 0.1, settings.NormEpsilon, "above 0 to 0.1");
        check.Require("rotary_base", settings.RotaryBase > 1, settings.RotaryBase, "above 1");
        check.Range("image_features", settings.ImageFeatures, 2, 1024);
        check.Range("head_hidden", settings.HeadHidden, 8, 65_536);
        check.Range("pad_id", settings.PadId, 0, a.TextVocabulary - 1);
        check.Range("begin_id", settings.BeginId, -1, a.TextVocabulary - 1);
        check.Range("image_id", settings.ImageId, 0, a.TextVocabulary - 1);
        check.Require("width", a.Width / a.Heads % 2 == 0, a.Width, "2 times a multiple of heads, as halves of a head are paired");
        return settings;
    }

    /// <summary>The settings as <c>model.json</c> has them.</summary>
    public JsonElement ToJson() => JsonSerializer.SerializeToElement(this, JanusJson.Default.JanusSettings);

    /// <summary>Sizes of the trunk.</summary>
    /// <param name="transformer">The manifest's sizes.</param>
    public LlamaArchitecture Sizes(TransformerArchitecture transformer) => new()
    {
        Layers = transformer.DecoderLayers, Width = transformer.Width, Heads = transformer.Heads, KeyValueHeads = KeyValueHeads,
        HeadWidth = transformer.Width / transformer.Heads, MlpWidth = transformer.MlpWidth, CodebookSize = transformer.CodebookSize,
        GridHeight = transformer.GridHeight, GridWidth = transformer.GridWidth, MaxPrefix = transformer.MaxTextTokens, Rotary = RotaryKind.Sequence,
        RotaryBase = RotaryBase, Epsilon = NormEpsilon,
    };

    /// <summary>An empty model of these sizes.</summary>
    /// <param name="transformer">The manifest's sizes.</param>
    /// <param name="device">Where the weights are.</param>
    public JanusModel Create(TransformerArchitecture transformer, torch.Device? device = null) => new(Sizes(transformer), new()
    {
        TextVocabulary = transformer.TextVocabulary, ImageFeatures = ImageFeatures, HeadHidden = HeadHidden, PadId = PadId, BeginId = BeginId, ImageId = ImageId,
    }, device);
}

/// <summary>JSON of the family.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(JanusSettings))]
sealed partial class JanusJson : JsonSerializerContext;
