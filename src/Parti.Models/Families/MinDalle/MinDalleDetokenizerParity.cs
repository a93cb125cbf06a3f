using Parti.Models.Families.Importing;
using Parti.Models.Families.Parity;
using Parti.Models.ImageTokenizer;
using Parti.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Families.MinDalle;

/// <summary>The detokenizer's outputs of a fixture: pictures of the greedy tokens, of random ones, and grids of pictures.</summary>
internal sealed class MinDalleDetokenizerParity
{
    private const string Greedy = ".image_tokens", Random = "detok.tokens";

    private readonly Fixture _fixture;
    private readonly VqGan _images;
    private readonly List<FixtureOutput> _outputs = [];
    private readonly int _grid;

    private MinDalleDetokenizerParity(Fixture fixture, VqGan images) =>
        (_fixture, _images, _grid) = (fixture, images, images.Architecture.ImageSize / images.Architecture.PatchSize);

    /// <summary>The outputs that the fixture has.</summary>
    /// <param name="fixture">The fixture.</param>
    /// <param name="sampled">Outputs so far, with the tokens of whole pictures.</param>
    internal static IReadOnlyList<FixtureOutput> Run(Fixture fixture, IReadOnlyList<FixtureOutput> sampled)
    {
        using DisposeScope scope = NewDisposeScope();
        MinDalleSource found = MinDalleSource.Of(fixture.Source);
        using VqGan images = new(found.Detokenizer());
        SourceWeights.Load(images, found.DetokenizerTensors(), fixture.DirectoryPath);
        MinDalleDetokenizerParity run = new(fixture, images);
        foreach (FixtureOutput tokens in sampled.Where(output => output.Name.EndsWith(Greedy, StringComparison.Ordinal)))
        {
            run.Add($"{tokens.Name[..^Greedy.Length]}.pixels_u8", () => Bytes(run.Pictures(tokens.Values)[0]));
        }

        if (fixture.Contains(Random))
        {
            run.Pictures();
        }

        return run._outputs;
    }

    private void Pictures()
    {
        Tensor tokens = _fixture.Read(Random), first = tokens.narrow(0, 0, 1);
        Add("detok.after_post_quant_conv", () => Latents(first, _grid));
        _images.DecodeLatents(Latents(first, _grid), (level, x) => Add(level < 0 ? "detok.after_mid" : $"detok.after_up{level}", () => x.clone()));
        Add("detok.single_f32", () => Colours(Pictures(first)[0]), FixtureOutput.Pixel255Tolerance);
        long side = (long)Math.Sqrt(tokens.shape[0]);
        Add($"detok.grid{side}_u8", () => Bytes(Tiled(Pictures(tokens), side)));
        Add($"detok.grid{side}_seamless_u8", () =>
        {
            Tensor map = Tiled(tokens.reshape(-1, _grid, _grid, 1), side);
            return Bytes(Channels(_images.DecodeLatents(Latents(map.reshape(1, -1), (int)(side * _grid))))[0]);
        });
    }

    private void Add(string name, Func<Tensor> compute, double? tolerance = null)
    {
        if (_fixture.Contains(name))
        {
            _outputs.Add(new(name, compute().DetachFromDisposeScope(), tolerance));
        }
    }

    // [B, N] to [B, H, W, 3], not clamped.
    private Tensor Pictures(Tensor tokens) => Channels(_images.DecodeLatents(Latents(tokens, _grid)));

    private Tensor Latents(Tensor tokens, int side) => _images.FromCode(_images.Codes(tokens, side, side));

    private static Tensor Channels(Tensor pictures) => pictures.permute(0, 2, 3, 1);

    private static Tensor Colours(Tensor picture) => picture.clamp(Scalars.Of(0), Scalars.Of(1)).mul(Scalars.Of(255));

    // Cut, not rounded.
    private static Tensor Bytes(Tensor picture) => Colours(picture).to(ScalarType.Byte).contiguous();

    // Column first: picture j of n x n lies in row j mod n and column j div n. [n n, h, w, C] to [n h, n w, C].
    private static Tensor Tiled(Tensor pictures, long side) =>
        pictures.reshape(side, side, pictures.shape[1], pictures.shape[2], pictures.shape[3]).permute(1, 2, 0, 3, 4).flatten(2, 3).flatten(0, 1);
}
