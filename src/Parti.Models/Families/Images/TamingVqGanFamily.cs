using System.Globalization;
using System.Text.RegularExpressions;
using Parti.Models.Families.Importing;

namespace Parti.Models.Families.Images;

/// <summary>The VQGAN of taming-transformers, <c>last.ckpt</c> with <c>model.yaml</c> beside it.</summary>
public sealed partial class TamingVqGanFamily : VqGanFamily
{
    private const int YamlLimit = 1 << 20;

    /// <inheritdoc />
    public override string Name => "taming-vqgan";

    /// <inheritdoc />
    public override PublishedLicense License { get; } = new("MIT", "ImageNet; see the model's page", "github.com/CompVis/taming-transformers");

    /// <inheritdoc />
    protected override VqGanSettings Published { get; } = new();

    /// <inheritdoc />
    protected override double Rounding => 0;

    /// <inheritdoc />
    protected override (IReadOnlyDictionary<string, SourceTensor> Tensors, string Prefix)? Find(ImportSource source) =>
        source.First(checkpoint => VqGanKeys.IsTaming(checkpoint.Tensors) && checkpoint.Tensors.ContainsKey("quantize.embedding.weight")) is { } found
            ? (found.Tensors, "")
            : null;

    /// <inheritdoc />
    protected override int ImageSize(ImportSource source)
    {
        if (source.Number("ddconfig.resolution") is { } resolution)
        {
            return (int)resolution;
        }

        string? yaml = source.FileOf("model.yaml") ?? source.FileOf("config.yaml");
        Match match = yaml is null || new FileInfo(yaml).Length > YamlLimit ? Match.Empty : Resolution().Match(File.ReadAllText(yaml));
        return match.Success ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : base.ImageSize(source);
    }

    [GeneratedRegex(@"^\s*resolution:\s*(\d{1,5})\s*$", RegexOptions.Multiline)]
    private static partial Regex Resolution();
}
