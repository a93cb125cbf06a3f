using System.Globalization;
using System.Text.RegularExpressions;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Parity;

namespace Parti.Models.Families.Esrgan;

/// <summary>The ESRGAN networks of the npm packages <c>@upscalerjs/esrgan-*</c>, which enlarge pictures.</summary>
public sealed partial class EsrganFamily : IModelFamily
{
    private const string File = "upsampler.safetensors";

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["F_m1"] = "head", ["F_0"] = "shallow", ["GFF_1"] = "fuse_blocks", ["GFF_2"] = "fuse_output", ["UPN1"] = "up1", ["UPN2"] = "up2", ["UPN3"] = "up3",
        ["SR"] = "output", ["Pre_blocks_conv"] = "head", ["post_blocks_conv"] = "tail", ["PreShuffle"] = "expand",
    };

    /// <inheritdoc />
    public string Name => "esrgan";

    /// <inheritdoc />
    public PublishedLicense License { get; } = new("MIT", "not named by the packages", "npm @upscalerjs/esrgan-slim, -medium, -thick");

    /// <inheritdoc />
    public bool Recognises(ImportSource source) => Find(source) is not null;

    /// <inheritdoc />
    public ImportPlan Plan(ImportSource source, ImportRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        SourceCheckpoint checkpoint = Find(source) ?? throw new CheckpointException($"{source.Path} holds no ESRGAN network. It holds {source.Summary}.");
        Dictionary<string, SourceTensor> ours = checkpoint.Tensors.Select(entry => (Name: Rename(entry.Key), entry.Value))
            .Where(entry => entry.Name is not null).ToDictionary(entry => entry.Name!, entry => entry.Value, StringComparer.Ordinal);
        HashSet<string> used = [.. ours.Values.Select(tensor => tensor.Name)];
        return new()
        {
            Component = new()
            {
                Name = request.Name, Family = Name, Component = "upsampler", Upsampler = Sizes(ours), Weights = File,
                Files = new Dictionary<string, ModelFile>(), License = new() { Weights = License.Weights, Data = License.Data }, Provenance = new(),
            },
            Weights = [new(File, ours)],
            Skipped = [.. checkpoint.Tensors.Keys.Where(key => !used.Contains(key))],
        };
    }

    /// <inheritdoc />
    /// <remarks>There are no fixtures of this family; the packages' own sample picture is the reference.</remarks>
    public IEnumerable<FixtureOutput> Run(Fixture fixture) => [];

    private static SourceCheckpoint? Find(ImportSource source) =>
        source.With("F_m1/kernel", "UPN1/kernel", "SR/kernel") ?? source.With("Pre_blocks_conv/kernel", "PreShuffle/kernel", "SR/kernel");

    private static string? Rename(string key)
    {
        Match part = Part().Match(key);
        if (!part.Success)
        {
            return null;
        }

        string layer = part.Groups[1].Value, kind = part.Groups[2].Value == "kernel" ? "weight" : "bias";
        string? name = Names.GetValueOrDefault(layer) ?? Block(layer);
        return name is null ? null : $"{name}.{kind}";
    }

    // They count from 1. With three numbers the first is the residual block around three dense blocks.
    private static string? Block(string layer)
    {
        Match match = Numbered().Match(layer);
        if (!match.Success)
        {
            return null;
        }

        int[] at = [.. match.Groups[2].Value.Split('_').Select(number => int.Parse(number, CultureInfo.InvariantCulture) - 1)];
        return (match.Groups[1].Value, at) switch
        {
            ("F", [var block, var convolution]) => $"blocks.{block}.convolutions.{convolution}",
            ("F", [var block, var dense, var convolution]) => $"blocks.{block}.dense.{dense}.convolutions.{convolution}",
            ("LFF", [var block]) => $"blocks.{block}.fuse",
            ("LFF", [var block, var dense]) => $"blocks.{block}.dense.{dense}.fuse",
            _ => null,
        };
    }

    private static UpsamplerArchitecture Sizes(Dictionary<string, SourceTensor> ours)
    {
        bool isResidual = ours.ContainsKey("expand.weight");
        string first = isResidual ? "blocks.0.dense.0." : "blocks.0.";
        long subPixels = Outputs(ours, isResidual ? "expand.weight" : "up3.weight");
        return new()
        {
            Kind = isResidual ? UpsamplerKind.ResidualDense : UpsamplerKind.Dense,
            Factor = (int)Math.Round(Math.Sqrt(subPixels / 3.0)),
            Blocks = Count(block => ours.ContainsKey($"blocks.{block}.{(isResidual ? "dense.0." : "")}fuse.weight")),
            Channels = (int)Outputs(ours, "head.weight"),
            Convolutions = Count(convolution => ours.ContainsKey($"{first}convolutions.{convolution}.weight")),
            Growth = (int)Outputs(ours, $"{first}convolutions.0.weight"),
        };
    }

    private static int Count(Func<int, bool> has) => Enumerable.Range(0, 128).TakeWhile(has).Count();

    private static long Outputs(Dictionary<string, SourceTensor> ours, string name) => ours.TryGetValue(name, out SourceTensor? tensor) && tensor.Shape.Count == 4
        ? tensor.Shape[0]
        : throw new CheckpointException($"The kernel for \"{name}\" of the ESRGAN network is missing or no convolution's.");

    [GeneratedRegex(@"^([A-Za-z0-9_]+)/(kernel|bias)$")]
    private static partial Regex Part();

    [GeneratedRegex(@"^(F|LFF)_(\d{1,3}(?:_\d{1,3}){0,2})$")]
    private static partial Regex Numbered();
}
