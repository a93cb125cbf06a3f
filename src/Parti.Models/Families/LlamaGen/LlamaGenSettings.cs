using System.Text.Json;
using System.Text.Json.Serialization;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Llama;
using Parti.Models.Families.T5;

namespace Parti.Models.Families.LlamaGen;

/// <summary>What a <c>llamagen</c> model has beside the sizes of a transformer: <c>architecture.settings</c> of its <c>model.json</c>.</summary>
public sealed record LlamaGenSettings
{
    /// <summary>Classes of a class-conditioned model: 1 to 1,000,000; 0, the default, for a model of captions.</summary>
    public int Classes { get; init; }

    /// <summary>The text encoder of a model of captions; null for a class-conditioned one.</summary>
    public T5Architecture? TextEncoder { get; init; }

    /// <summary>Heads of keys and values: a divisor of the heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>ε of the norms: above 0 to 0.1; default 1e-5.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Base of the rotary frequencies: above 1; default 10,000.</summary>
    public double RotaryBase { get; init; } = 10_000;

    /// <summary>Reads the settings of a model.</summary>
    /// <param name="manifest">A manifest of family <c>llamagen</c>.</param>
    /// <exception cref="CheckpointException">They are missing or out of range; the message names the key.</exception>
    public static LlamaGenSettings Of(ModelManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        LlamaGenSettings settings = FamilySettings.Read(manifest, LlamaGenFamily.FamilyName, LlamaGenJson.Default.LlamaGenSettings);
        TransformerArchitecture a = manifest.Architecture.Transformer;
        ManifestCheck check = FamilySettings.Check;
        check.Range("classes", settings.Classes, 0, 1_000_000);
        check.Require("text_encoder", settings.Classes > 0 == settings.TextEncoder is null, null, settings.Classes > 0 ? "absent with classes" : "given without classes");
        check.Require("key_value_heads", settings.KeyValueHeads > 0 && a.Heads % settings.KeyValueHeads == 0, settings.KeyValueHeads, $"a divisor of heads ({a.Heads})");
        check.Require("norm_epsilon", settings.NormEpsilon is > 0 and <= 0.1, settings.NormEpsilon, "above 0 to 0.1");
        check.Require("rotary_base", settings.RotaryBase > 1, settings.RotaryBase, "above 1");
        check.Require("width", a.Width / a.Heads % 4 == 0, a.Width, "4 times a multiple of heads, as pairs turn with rows and with columns");
        if (settings.TextEncoder is { } encoder)
        {
            encoder.Validate(check.Under("text_encoder"));
            check.Require("text_encoder.vocabulary", encoder.Vocabulary == a.TextVocabulary, encoder.Vocabulary, $"text_vocabulary ({a.TextVocabulary})");
        }
        else
        {
            check.Require("classes", settings.Classes + 1 == a.TextVocabulary, settings.Classes, $"text_vocabulary less one ({a.TextVocabulary - 1})");
        }
        return settings;
    }

    /// <summary>The settings as <c>model.json</c> has them.</summary>
    public JsonElement ToJson() => JsonSerializer.SerializeToElement(this, LlamaGenJson.Default.LlamaGenSettings);

    /// <summary>Sizes of the decoder.</summary>
    /// <param name="transformer">The manifest's sizes.</param>
    public LlamaArchitecture Sizes(TransformerArchitecture transformer) => new()
    {
        Layers = transformer.DecoderLayers, Width = transformer.Width, Heads = transformer.Heads, KeyValueHeads = KeyValueHeads,
        HeadWidth = transformer.Width / transformer.Heads, MlpWidth = transformer.MlpWidth, CodebookSize = transformer.CodebookSize,
        GridHeight = transformer.GridHeight, GridWidth = transformer.GridWidth, MaxPrefix = transformer.MaxTextTokens, Rotary = RotaryKind.Grid,
        RotaryBase = RotaryBase, Epsilon = NormEpsilon,
    };

    /// <summary>An empty model of these sizes.</summary>
    /// <param name="transformer">The manifest's sizes.</param>
    /// <param name="device">Where the weights are.</param>
    public LlamaGenModel Create(TransformerArchitecture transformer, TorchSharp.torch.Device? device = null) => Classes > 0
        ? new(Sizes(transformer), LlamaGenCondition.Class, Classes, device)
        : new(Sizes(transformer), LlamaGenCondition.Caption, TextEncoder!.Width, device);
}

/// <summary>JSON of the family.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LlamaGenSettings))]
sealed partial class LlamaGenJson : JsonSerializerContext;
