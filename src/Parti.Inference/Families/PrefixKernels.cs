using Parti.Inference.Execution;
using Parti.Inference.Kernels;
using Parti.Inference.Sharding;
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
    private const string LayerPrefix = "trunk.layers.";

    /// <summary>What the weights of LlamaGen are called.</summary>
    public static ShareNames LlamaGenNames { get; } = new(LayerPrefix, "caption.", "unconditional", "class_embedding.");

    /// <summary>What the weights of Janus are called.</summary>
    public static ShareNames JanusNames { get; } = new(LayerPrefix, "text_embedding.");

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

    /// <summary>Reads a shard's layers.</summary>
    /// <param name="directory">The model.</param>
    /// <param name="sizes">Sizes of its decoder.</param>
    /// <param name="isOwn">Which weights the layers have.</param>
    /// <param name="shard">Which layers.</param>
    /// <exception cref="CheckpointException">A file or a tensor is missing or differs, or the kernels cannot run the decoder.</exception>
    public static ShardLayers LoadLayers(ModelDirectory directory, LlamaArchitecture sizes, Func<string, bool> isOwn, LayerShard shard)
    {
        if (sizes.Width != sizes.Heads * sizes.HeadWidth)
        {
            throw new CheckpointException($"Model {directory.Manifest.Name} has heads that are not its width together: its decoder is not split; set Parti:Worker:Shard to 0/1.");
        }
        return FamilyFiles.Layers(directory, isOwn, name => LengthOf(sizes, name), read => new(
            Sizes(sizes), Layers(sizes, shard.Of(sizes.Layers), directory.Manifest.DecoderWeights, read), Rotary(sizes, new(sizes))));
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
            Sizes = Sizes(a),
            Input = input,
            Rotary = Rotary(a, table),
            Layers = Layers(a, ..a.Layers, format, take),
            Norm = new(take("trunk.norm.weight"), null, (float)a.Epsilon),
            HeadLayer = inner,
            Head = new(headInputs, format, head),
            HeadBias = twoLayers ? NativeFloats.Of(bias) : null,
        };
    }

    private static DecoderSizes Sizes(LlamaArchitecture a) => new()
    {
        Width = a.Width, Heads = a.Heads, KeyValueHeads = a.KeyValueHeads, ImageTokens = a.ImageTokens, MaxTextTokens = a.MaxPrefix, HasPrefix = true,
        Vocabulary = a.CodebookSize, GridWidth = a.GridWidth,
    };

    private static RotaryWeights Rotary(LlamaArchitecture a, RotaryTable table) => new(table.Cosines, table.Sines, table.Pairs, neighbours: a.Rotary == RotaryKind.Grid);

    private static IReadOnlyList<LayerWeights> Layers(LlamaArchitecture a, Range layers, WeightFormat format, Func<string, float[]> take)
    {
        (int first, int count) = layers.GetOffsetAndLength(a.Layers);
        return [.. Enumerable.Range(first, count).Select(i => Layer(a, format, name => take($"{LayerPrefix}{i}.{name}.weight")))];
    }

    private static long LengthOf(LlamaArchitecture a, string name) => name switch
    {
        _ when name.Contains("norm.", StringComparison.Ordinal) => a.Width,
        _ when name.Contains(".mlp.", StringComparison.Ordinal) => (long)a.Width * a.MlpWidth,
        _ when name.Contains(".key.", StringComparison.Ordinal) || name.Contains(".value.", StringComparison.Ordinal) => (long)a.Width * a.KeyValueHeads * a.HeadWidth,
        _ => (long)a.Width * a.Heads * a.HeadWidth,
    };

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
