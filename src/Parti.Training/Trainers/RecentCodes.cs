using Parti.Models.Checkpoints;
using Parti.Models.Layers;
using Parti.Training.Evaluation;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>
/// Which codes the last 256 pictures of a training used: the group of ViT-VQGAN table 4. Legend: N tokens a picture, V codes.
/// </summary>
sealed class RecentCodes : IDisposable
{
    const int Window = CodeUsage.GroupSize;

    readonly int _codes;
    readonly Tensor _tokens;

    /// <summary>Allocates an empty window.</summary>
    /// <param name="sizes">Codebook and grid.</param>
    /// <param name="device">Where the tokens are.</param>
    public RecentCodes(ImageTokenizerArchitecture sizes, Device device)
    {
        int grid = sizes.ImageSize / sizes.PatchSize;
        _codes = sizes.CodebookSize;
        // -1 marks a place without a token, and counts for no code.
        _tokens = full([Window, (long)grid * grid], Scalars.Of(-1L), ScalarType.Int32, device).DetachFromDisposeScope();
    }

    /// <summary>The window <c>[256, N]</c>, int32.</summary>
    public Tensor State => _tokens;

    /// <summary>Puts the tokens of a step in place of the oldest ones.</summary>
    /// <param name="tokens"><c>[B, N]</c>, int64.</param>
    /// <param name="seen">Pictures before this step since the codebook's start.</param>
    public void Add(Tensor tokens, long seen)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        // Of more pictures than the window holds, the last ones stay.
        long count = Math.Min(tokens.shape[0], Window), skipped = tokens.shape[0] - count;
        using Scalar first = ((seen + skipped) % Window).ToScalar();
        Tensor places = TensorMath.Range(count, _tokens.device).Plus(first).remainder(Scalars.Of((long)Window));
        _tokens.index_copy_(0, places, tokens.narrow(0, skipped, count).to(ScalarType.Int32));
    }

    /// <summary>Share of the codes in the window, 0 to 1, and the perplexity of their frequencies, 1 to V; scalars.</summary>
    public (Tensor Share, Tensor Perplexity) Usage()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor counts = _tokens.flatten().Plus(Scalars.Of(1L)).bincount(null, _codes + 1).narrow(0, 1, _codes).to(ScalarType.Float32);
        Tensor share = counts.gt(Scalars.Of(0)).to(ScalarType.Float32).mean();
        Tensor frequency = counts.div(counts.sum().clamp_min(Scalars.Of(1)));
        Tensor perplexity = frequency.mul(frequency.Plus(Scalars.Of(1e-12)).log()).sum().neg().exp();
        return (share.MoveToOuterDisposeScope(), perplexity.MoveToOuterDisposeScope());
    }

    /// <inheritdoc />
    public void Dispose() => _tokens.Dispose();
}
