using Parti.Models.Layers;
using Parti.Models.Transformer;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>
/// Embeddings of the image tokens and rows of the head as functions of the tokens' code vectors, in place of a free row each: codes that
/// look alike are alike to the decoder, so that what it learnt of one holds for the other. A code that training showed in one place only
/// is then still within reach in another. Once trained the rows are written down; the served network knows nothing of this.
/// Legend: V codes of C numbers, D width.
/// </summary>
sealed class CodeTables : IDisposable
{
    const int Hidden = 384;

    readonly Tensor _codes;
    readonly VectorTable _inputs, _outputs;
    readonly Parameter _start;

    /// <summary>Allocates the functions.</summary>
    /// <param name="codes">Code vectors <c>[V, C]</c>, ℓ2-normalised; copied.</param>
    /// <param name="width">D.</param>
    public CodeTables(Tensor codes, int width)
    {
        long c = codes.shape[1];
        _codes = codes.detach().mul(Scalars.Of(Math.Sqrt(c)));
        _inputs = new(c, Hidden, width, 0.5, codes.device);
        _outputs = new(c, Hidden, width, 0.5 / Math.Sqrt(width), codes.device);
        _start = new(randn(1, width, device: codes.device).mul_(Scalars.Of(0.5)));
    }

    /// <summary>What the optimiser moves in place of the network's own tables.</summary>
    public IEnumerable<(string Name, Parameter Value)> Trained =>
        [.. _inputs.named_parameters().Select(p => ($"codes.inputs.{p.name}", p.parameter)),
         .. _outputs.named_parameters().Select(p => ($"codes.outputs.{p.name}", p.parameter)),
         ("codes.start", _start)];

    /// <summary>The tables as the functions are now, with a graph where gradients are kept.</summary>
    public ImageTables Now()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor inputs = cat([_inputs.forward(_codes), _start], 0).MoveToOuterDisposeScope();
        return new(inputs, _outputs.forward(_codes).MoveToOuterDisposeScope());
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _codes.Dispose();
        _inputs.Dispose();
        _outputs.Dispose();
        _start.Dispose();
    }

    // Two hidden layers, the second added to the first: near codes must come apart where the picture tells them apart.
    sealed class VectorTable : nn.Module<Tensor, Tensor>
    {
        readonly Projection first, second, last;

        public VectorTable(long inputs, int hidden, int outputs, double deviation, Device device)
            : base(nameof(VectorTable))
        {
            first = new(inputs, hidden, Math.Sqrt(2), withBias: true, device: device);
            second = new(hidden, hidden, 1, withBias: true, device: device);
            last = new(hidden, outputs, deviation, withBias: true, device: device);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = nn.functional.gelu(first.forward(input));
            x = x.Plus(nn.functional.gelu(second.forward(x)));
            return last.forward(x).MoveToOuterDisposeScope();
        }
    }
}
