using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Families.Llama;

/// <summary>Layers of the LLaMA type and the norm after them. Legend: B rows, S inputs, D width, E head width.</summary>
public sealed class LlamaTrunk : nn.Module
{
    private readonly ModuleList<LlamaLayer> layers;
    private readonly RmsNorm norm;

    /// <summary>Allocates a trunk with random weights.</summary>
    /// <param name="sizes">Sizes.</param>
    /// <param name="device">Where the weights are; meta allocates nothing.</param>
    public LlamaTrunk(LlamaArchitecture sizes, Device? device = null)
        : base(nameof(LlamaTrunk))
    {
        Sizes = sizes;
        layers = nn.ModuleList([.. Enumerable.Range(0, sizes.Layers).Select(_ => new LlamaLayer(sizes, device))]);
        norm = new(sizes.Width, sizes.Epsilon, device);
        RegisterComponents();
    }

    /// <summary>Sizes.</summary>
    public LlamaArchitecture Sizes { get; }

    /// <summary>Layers.</summary>
    internal IReadOnlyList<LlamaLayer> Layers => [.. layers];

    /// <summary>Whole sequences at once, every input seeing itself and those before it.</summary>
    /// <param name="inputs">Prefix and image tokens <c>[B, S, D]</c>.</param>
    /// <param name="prefix">How many of them come before the image, at least 1.</param>
    /// <returns>Normalised states <c>[B, S, D]</c>.</returns>
    public Tensor Forward(Tensor inputs, int prefix)
    {
        using DisposeScope scope = NewDisposeScope();
        int length = (int)inputs.shape[1];
        RotaryTable table = new(Sizes);
        Tensor rows = tensor([.. Enumerable.Range(0, length).Select(i => (long)table.RowOf(prefix, i - prefix + 1))], device: inputs.device);
        Tensor cosines = Angles(table, table.Cosines, inputs.device).index_select(0, rows), sines = Angles(table, table.Sines, inputs.device).index_select(0, rows);
        Tensor bias = Causal(length, inputs.device), x = inputs;
        foreach (LlamaLayer layer in layers)
        {
            (Tensor q, Tensor k, Tensor v) = layer.Project(x, cosines, sines);
            x = layer.Forward(x, q, k, v, bias);
        }
        return Normalize(x).MoveToOuterDisposeScope();
    }

    /// <summary>The norm after the layers.</summary>
    internal Tensor Normalize(Tensor x) => norm.forward(x);

    /// <summary>A table of <see cref="RotaryTable"/> as a tensor <c>[rows, E / 2]</c>.</summary>
    internal static Tensor Angles(RotaryTable table, float[] values, Device device) => tensor(values, [table.Rows, table.Pairs], device: device);

    /// <summary>What keeps later keys from being seen: <c>[S, S]</c>, row = query.</summary>
    internal static Tensor Causal(int length, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor places = TensorMath.Range(length, device);
        return places.unsqueeze(0).gt(places.unsqueeze(1)).to(ScalarType.Float32).mul(Scalars.Of(AttentionMasks.Hidden)).MoveToOuterDisposeScope();
    }
}
