using Parti.Models.Families.Importing;

namespace Parti.Models.Families.Images;

/// <summary>The image tokenizers of LlamaGen (<c>vq_ds16_*.pt</c>, <c>vq_ds8_*.pt</c>), and the same network inside a Janus checkpoint.</summary>
public sealed class LlamaGenVqFamily : VqGanFamily
{
    /// <summary>What stands before the tokenizer's tensors in a Janus checkpoint.</summary>
    public const string JanusPrefix = "gen_vision_model.";

    /// <inheritdoc />
    public override string Name => "llamagen-vq";

    /// <inheritdoc />
    public override PublishedLicense License { get; } = new("MIT", "see the model's page", "github.com/FoundationVision/LlamaGen");

    /// <inheritdoc />
    protected override VqGanSettings Published { get; } = new(NormalisedCodes: true);

    /// <inheritdoc />
    protected override double Rounding => 0.5;

    /// <inheritdoc />
    protected override (IReadOnlyDictionary<string, SourceTensor> Tensors, string Prefix)? Find(ImportSource source)
    {
        foreach (string prefix in new[] { "", JanusPrefix })
        {
            if (source.First(checkpoint => VqGanKeys.IsLlamaGen(checkpoint.Tensors, prefix)) is { } found)
            {
                return (found.Tensors, prefix);
            }
        }

        return null;
    }
}
