using Parti.Inference.Kernels;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Llama;
using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;

namespace Parti.Inference.Families;

/// <summary>Lays out a decoder-only model for the kernels: root-mean-square norms, rotary positions, SwiGLU, a head of one layer or two.</summary>
static class PrefixKernels
{
    private const int EmbeddedAtOnce = 1024;

    /// <summary>Lays out the weights and gives the module's own back, one after another: only texts can be encoded with it afterwards.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="rows">Rows of the caches.</param>
    /// <param name="format">How matrices are kept; tables and norms are float32.</param>
    public static DecoderWeights Take(PrefixDecoder decoder, int rows, WeightFormat format)
    {
        using IDisposable noGradient = torch.no_grad();
        LlamaArchitecture a = decoder.Trunk.Sizes;
        RotaryTable table = new(a);
        Dictionary<string, Parameter> parameters = decoder.DecoderParameters().ToDictionary(pair => pair.Name, pair => pair.Parameter);
        // Image tokens first: their table is made by weights that are given back below.
        PrefixInput input = new(a.Width, rows, Inputs(decoder), table.RowOf);
        float[] Take(string name)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            float[] values = parameters[name].data<float>().ToArray();
            parameters[name].set_(torch.empty(0));
            return values;
        }
        DecoderWeights weights = Layout(a, format, input, table, parameters.ContainsKey("head.inner.weight"), Take);
        foreach (string name in parameters.Keys.Where(name => parameters[name].numel() > 0))
        {
            Take(name);
        }
        return weights;
    }

    private static DecoderWeights Layout(LlamaArchitecture a, WeightFormat format, PrefixInput input, RotaryTable table, bool twoLayers, Func<string, float[]> take)
    {
        HeadLayer? inner = null;
        float[] head, bias = twoLayers ? take("head.outer.bias") : [];
        int headInputs = a.Width;
        if (twoLayers)
        {
            float[] innerBias = take("head.inner.bias");
            inner = new(new(a.Width, format, take("head.inner.weight")), NativeFloats.Of(innerBias));
            (head, headInputs) = (take("head.outer.weight"), innerBias.Length);
        }
        else
        {
            head = take("head.weight");
        }
        return new()
        {
            Sizes = new()
            {
                Width = a.Width, Heads = a.Heads, KeyValueHeads = a.KeyValueHeads, ImageTokens = a.ImageTokens, MaxTextTokens = a.MaxPrefix, HasPrefix = true,
                Vocabulary = a.CodebookSize, GridWidth = a.GridWidth,
            },
            Input = input,
            Rotary = new(table.Cosines, table.Sines, table.Pairs, neighbours: a.Rotary == RotaryKind.Grid),
            Layers = [.. Enumerable.Range(0, a.Layers).Select(i => Layer(a, format, name => take($"trunk.layers.{i}.{name}.weight")))],
            Norm = new(take("trunk.norm.weight"), null, (float)a.Epsilon),
            HeadLayer = inner,
            Head = new(headInputs, format, head),
            HeadBias = twoLayers ? NativeFloats.Of(bias) : null,
        };
    }

    private static LayerWeights Layer(LlamaArchitecture a, WeightFormat format, Func<string, float[]> take)
    {
        int d = a.Width;
        PackedMatrix Matrix(int inputs, params string[] names) => new(inputs, format, [.. names.Select(take)]);
        NormWeights Norm(string name) => new(take(name), null, (float)a.Epsilon);
        return new(
            new(Norm("attention_norm"), Matrix(d, "attention.query", "attention.key", "attention.value"), Matrix(d, "attention.output")),
            null,
            new(Norm("mlp_norm"), FeedForwardKind.SiluGated, Matrix(d, "mlp.gate", "mlp.up"), Matrix(a.MlpWidth, "mlp.down")));
    }

    // [V, D], a stretch at a time, as what stands between table and trunk may be wider than either.
    private static float[] Inputs(PrefixDecoder decoder)
    {
        LlamaArchitecture a = decoder.Trunk.Sizes;
        float[] inputs = new float[(long)a.CodebookSize * a.Width];
        for (int first = 0; first < a.CodebookSize; first += EmbeddedAtOnce)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            int count = Math.Min(EmbeddedAtOnce, a.CodebookSize - first);
            torch.Tensor part = decoder.EmbedImage(TensorMath.Range(count).Plus(Scalars.Of((long)first)));
            part.data<float>().ToArray().CopyTo(inputs, (long)first * a.Width);
        }
        return inputs;
    }
}
