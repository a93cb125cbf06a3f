using System.Text.RegularExpressions;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Parity;
using TorchSharp;

namespace Parti.Models.Families.PartiPytorch;

/// <summary>The transformer of parti-pytorch. No weights of it were published; people may have trained their own.</summary>
public sealed partial class PartiPytorchFamily : IModelFamily
{
    private const string File = "transformer.safetensors";

    private static readonly string[] Marks = ["axial_height_pos", "image_token_embed.weight", "layers.0.0.null_kv"];

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["start_token"] = "start_token", ["axial_height_pos"] = "row_positions", ["axial_width_pos"] = "column_positions",
        ["image_token_embed.weight"] = "token_embedding", ["to_logits.weight"] = "head.weight", ["init_norm.gamma"] = "first_norm.weight",
        ["init_norm.beta"] = "first_norm.bias", ["final_norm.gamma"] = "last_norm.weight", ["final_norm.beta"] = "last_norm.bias",
    };

    private static readonly Dictionary<string, string> AttentionParts = new(StringComparer.Ordinal)
    {
        ["null_kv"] = "null_key_value", ["norm.gamma"] = "norm.weight", ["norm.beta"] = "norm.bias", ["to_q.1.weight"] = "query.weight",
        ["to_kv.1.weight"] = "key_value.weight", ["to_out.1.weight"] = "output.weight", ["rel_pos_bias.pos_bias.weight"] = "relative_positions",
    };

    private static readonly Dictionary<string, string> FeedForwardParts = new(StringComparer.Ordinal)
    {
        ["0.gamma"] = "norm.weight", ["0.beta"] = "norm.bias", ["1.weight"] = "widen.weight", ["3.gamma"] = "hidden_norm.weight",
        ["3.beta"] = "hidden_norm.bias", ["4.weight"] = "narrow.weight",
    };

    /// <inheritdoc />
    public string Name => "parti-pytorch";

    /// <inheritdoc />
    public PublishedLicense License { get; } = new("that of whoever trained them", "that of whoever trained them", "github.com/lucidrains/parti-pytorch");

    /// <inheritdoc />
    public bool Recognises(ImportSource source) => source.With(Marks) is not null;

    /// <inheritdoc />
    public ImportPlan Plan(ImportSource source, ImportRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        SourceCheckpoint checkpoint = Checkpoint(source);
        Dictionary<string, SourceTensor> ours = Map(checkpoint);
        return new()
        {
            Component = new()
            {
                Name = request.Name, Family = Name, Component = "transformer", Weights = File, Files = new Dictionary<string, ModelFile>(),
                License = new() { Weights = License.Weights, Data = License.Data }, Provenance = new(),
            },
            Weights = [new(File, ours)],
            Skipped = [.. checkpoint.Tensors.Keys.Where(key => Rename(key) is null)],
        };
    }

    /// <inheritdoc />
    public IEnumerable<FixtureOutput> Run(Fixture fixture)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        Dictionary<string, SourceTensor> ours = Map(Checkpoint(fixture.Source));
        using PartiPytorchTransformer transformer = new(PartiPytorchSizes.Of(ours));
        SourceWeights.Load(transformer, ours, fixture.DirectoryPath);
        using IDisposable noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        PartiPytorchFixture run = new(fixture, transformer);
        foreach (FixtureOutput output in run.Forced().Append(run.Greedy()))
        {
            yield return output;
        }
    }

    private static SourceCheckpoint Checkpoint(ImportSource source) =>
        source.With(Marks) ?? throw new CheckpointException($"{source.Path} holds no transformer of parti-pytorch. It holds {source.Summary}.");

    private static Dictionary<string, SourceTensor> Map(SourceCheckpoint checkpoint)
    {
        Dictionary<string, SourceTensor> ours = checkpoint.Tensors
            .Select(entry => (Name: Rename(entry.Key), entry.Value)).Where(entry => entry.Name is not null)
            .ToDictionary(entry => entry.Name!, entry => entry.Value, StringComparer.Ordinal);
        // Tied by default; a container that cannot tie holds the matrix once.
        ours.TryAdd(Names["to_logits.weight"], ours[Names["image_token_embed.weight"]]);
        return ours;
    }

    private static string? Rename(string key)
    {
        Match layer = Layer().Match(key);
        if (!layer.Success)
        {
            return Names.GetValueOrDefault(key);
        }

        (string number, string part, string rest) = (layer.Groups[1].Value, layer.Groups[2].Value, layer.Groups[3].Value);
        string? name = part == "2" ? FeedForwardParts.GetValueOrDefault(rest) : AttentionParts.GetValueOrDefault(rest);
        return name is null ? null : $"layers.{number}.{(part == "0" ? "self_attention." : part == "1" ? "cross_attention." : "")}{name}";
    }

    [GeneratedRegex(@"^layers\.(\d{1,3})\.([012])\.(.+)$")]
    private static partial Regex Layer();
}
