using System.Text.RegularExpressions;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Parity;
using Parti.Models.ImageTokenizer;
using TorchSharp;

namespace Parti.Models.Families.Images;

/// <summary>The ViT-VQGANs of enhancing-transformers.</summary>
public sealed partial class EnhancingVitVqGanFamily : IModelFamily
{
    private const string File = "image_tokenizer.safetensors";
    private const int HeadWidth = 64;

    private static readonly string[] Marks = ["encoder.en_pos_embedding", "decoder.de_pos_embedding", "quantizer.embedding.weight", "pre_quant.weight"];

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["encoder.en_pos_embedding"] = "encoder_positions",
        ["decoder.de_pos_embedding"] = "decoder_positions",
        ["quantizer.embedding.weight"] = "codebook",
    };

    private static readonly (string Theirs, string Ours)[] Parts =
    [
        ("encoder.to_patch_embedding.0.", "patch_embedding."), ("decoder.to_pixel.1.", "to_pixels."), ("pre_quant.", "to_code."), ("post_quant.", "from_code."),
        ("encoder.transformer.norm.", "encoder_norm."), ("decoder.transformer.norm.", "decoder_norm."),
    ];

    /// <inheritdoc />
    public string Name => "vit-vqgan";

    /// <inheritdoc />
    public PublishedLicense License { get; } = new("MIT", "ImageNet; see the model's page", "github.com/thuanz123/enhancing-transformers");

    /// <inheritdoc />
    public bool Recognises(ImportSource source) => source.With(Marks) is not null;

    /// <inheritdoc />
    public ImportPlan Plan(ImportSource source, ImportRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        SourceCheckpoint checkpoint = Checkpoint(source);
        Dictionary<string, SourceTensor> ours = Map(checkpoint.Tensors);
        HashSet<string> used = [.. ours.Values.Select(tensor => tensor.Name)];
        return new()
        {
            Component = new()
            {
                Name = request.Name, Family = Name, Component = "image-tokenizer", ImageTokenizer = Sizes(source, ours), Weights = File,
                Files = new Dictionary<string, ModelFile>(), License = new() { Weights = License.Weights, Data = License.Data }, Provenance = new(),
            },
            Weights = [new(File, ours)],
            Skipped = [.. checkpoint.Tensors.Keys.Where(key => !used.Contains(key))],
        };
    }

    /// <inheritdoc />
    public IEnumerable<FixtureOutput> Run(Fixture fixture)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        Dictionary<string, SourceTensor> ours = Map(Checkpoint(fixture.Source).Tensors);
        using EnhancingVitVqGan tokenizer = new(Sizes(fixture.Source, ours));
        SourceWeights.Load(tokenizer, ours, fixture.DirectoryPath);
        using IDisposable noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor states = tokenizer.EncoderStates(fixture.Read("encode.pixels")), projected = tokenizer.ToCode(states);
        torch.Tensor tokens = tokenizer.Nearest(projected), codes = tokenizer.Codes(tokens);
        yield return new("encode.encoder_out", states);
        yield return new("encode.pre_quant_out", projected);
        yield return new("encode.codes", tokens);
        yield return new("encode.quant", codes);
        yield return new("encode.reconstruction", tokenizer.Pixels(tokenizer.DecoderStates(codes)));
        torch.Tensor decoded = tokenizer.DecoderStates(tokenizer.Codes(fixture.Read("decode.codes")));
        yield return new("decode.after_transformer", decoded);
        yield return new("decode.pixels", tokenizer.Pixels(decoded));
    }

    private static SourceCheckpoint Checkpoint(ImportSource source) =>
        source.With(Marks) ?? throw new CheckpointException($"{source.Path} holds no ViT-VQGAN. It holds {source.Summary}.");

    private static Dictionary<string, SourceTensor> Map(IReadOnlyDictionary<string, SourceTensor> tensors)
    {
        Dictionary<string, SourceTensor> ours = new(StringComparer.Ordinal);
        foreach ((string key, SourceTensor tensor) in tensors)
        {
            if (Rename(key) is { } name)
            {
                ours[name] = name.EndsWith("_positions", StringComparison.Ordinal) && tensor.Shape is [1, _, _] ? tensor.Reshaped(tensor.Shape[1], tensor.Shape[2]) : tensor;
            }
        }

        return ours;
    }

    private static string? Rename(string key)
    {
        if (Names.TryGetValue(key, out string? name))
        {
            return name;
        }

        (string theirs, string ours) = Parts.FirstOrDefault(part => key.StartsWith(part.Theirs, StringComparison.Ordinal));
        if (theirs is not null)
        {
            return ours + key[theirs.Length..];
        }

        Match layer = Layer().Match(key);
        return layer.Success ? $"{layer.Groups[1]}.{layer.Groups[2]}.{Part(layer.Groups[3].Value, layer.Groups[4].Value)}{layer.Groups[5]}" : null;
    }

    private static string Part(string half, string part) => (half, part) switch
    {
        ("0", "norm") => "attention_norm",
        ("0", "fn.to_qkv") => "query_key_value",
        ("0", _) => "attention_output",
        (_, "norm") => "feed_forward_norm",
        (_, "fn.net.0") => "widen",
        _ => "narrow",
    };

    private static ImageTokenizerArchitecture Sizes(ImportSource source, Dictionary<string, SourceTensor> ours)
    {
        if (source.Flag("quantizer.use_norm") == false || source.Flag("quantizer.use_residual") == true)
        {
            throw new CheckpointException($"{source.Path}: its quantizer has use_norm off or use_residual on; only normalised codes of one level are read.");
        }

        int patch = (int)Size(ours, "patch_embedding.weight", 2), grid = (int)Math.Round(Math.Sqrt(Size(ours, "encoder_positions", 0)));
        return new()
        {
            Kind = ImageTokenizerKind.EnhancingVitVqGan, ImageSize = grid * patch, PatchSize = patch,
            CodebookSize = (int)Size(ours, "codebook", 0), CodebookDim = (int)Size(ours, "codebook", 1),
            Encoder = Stack(ours, "encoder", source), Decoder = Stack(ours, "decoder", source),
        };
    }

    private static TransformerStack Stack(Dictionary<string, SourceTensor> ours, string half, ImportSource source)
    {
        int layers = Enumerable.Range(0, 256).TakeWhile(layer => ours.ContainsKey($"{half}.{layer}.widen.weight")).Count();
        int headWidth = (int)(source.Number($"{half}.dim_head", "dim_head_default") ?? HeadWidth);
        long inner = layers == 0 ? headWidth : Size(ours, $"{half}.0.query_key_value.weight", 0) / 3;
        return new()
        {
            Layers = layers, Width = (int)Size(ours, $"{half}_positions", 1), MlpWidth = layers == 0 ? 8 : (int)Size(ours, $"{half}.0.widen.weight", 0),
            Heads = (int)Math.Max(inner / headWidth, 1), HeadWidth = headWidth,
        };
    }

    private static long Size(Dictionary<string, SourceTensor> ours, string name, int dimension) =>
        ours.TryGetValue(name, out SourceTensor? tensor) && tensor.Shape.Count > dimension
            ? tensor.Shape[dimension]
            : throw new CheckpointException($"The tensor for \"{name}\" of the ViT-VQGAN is missing or has too few dimensions.");

    [GeneratedRegex(@"^(encoder|decoder)\.transformer\.layers\.(\d{1,3})\.([01])\.(norm|fn\.to_qkv|fn\.to_out|fn\.net\.0|fn\.net\.2)(\.(?:weight|bias))$")]
    private static partial Regex Layer();
}
