using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Layers;

/// <summary>
/// Part of a network whose activations are not kept for the backward pass but computed again in it (activation checkpointing): memory for
/// one part instead of all of them, for one more forward pass. The part must give the same result twice.
/// </summary>
sealed class Recomputed : autograd.SingleTensorFunction<Recomputed>
{
    const string Body = "body";

    /// <inheritdoc />
    public override string Name => nameof(Recomputed);

    /// <summary>Runs a part.</summary>
    /// <param name="body">The part; it may use parameters, whose gradients are added up as usual.</param>
    /// <param name="inputs">Its inputs, of which at least one is part of a graph.</param>
    /// <returns>What the part returns.</returns>
    public static Tensor Run(Func<IReadOnlyList<Tensor>, Tensor> body, params Tensor[] inputs) => apply([body, .. inputs]);

    /// <inheritdoc />
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor[] inputs = [.. vars.Skip(1).Cast<Tensor>()];
        ctx.save_data(Body, vars[0]);
        ctx.save_for_backward([.. inputs]);
        return ((Func<IReadOnlyList<Tensor>, Tensor>)vars[0])(inputs);
    }

    /// <inheritdoc />
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var body = (Func<IReadOnlyList<Tensor>, Tensor>)ctx.get_data(Body);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable withGrad = enable_grad();
        Tensor[] inputs = [.. ctx.get_saved_variables().Select(Leaf)];
        autograd.backward([body(inputs)], [grad_output]);
        return [null!, .. inputs.Select(i => i.requires_grad ? i.grad?.MoveToOuterDisposeScope()! : null!)];
    }

    static Tensor Leaf(Tensor saved)
    {
        Tensor leaf = saved.detach();
        return saved.requires_grad ? leaf.requires_grad_() : leaf;
    }
}
