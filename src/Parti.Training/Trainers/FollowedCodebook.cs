using Parti.Models.ImageTokenizer;
using Parti.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>
/// A codebook that follows its latents by moving averages. It starts from latents once the autoencoder works, and codes nobody uses are
/// put where latents are served worst. Legend: L latents of a step, V codes, C code width.
/// </summary>
sealed class FollowedCodebook : IDisposable
{
    readonly VitVqGan _network;
    readonly CodebookOptions _options;
    readonly Tensor _counts, _sums;

    /// <summary>Allocates the averages.</summary>
    /// <param name="network">Whose codebook it is.</param>
    /// <param name="options">How it follows.</param>
    public FollowedCodebook(VitVqGan network, CodebookOptions options)
    {
        (_network, _options) = (network, options);
        using IDisposable noGradient = no_grad();
        _counts = ones(network.Architecture.CodebookSize, device: network.Codebook.device).DetachFromDisposeScope();
        _sums = network.Codebook.detach().clone().DetachFromDisposeScope();
    }

    /// <summary>The averages: uses a step and sums of latents.</summary>
    public IEnumerable<(string Name, Tensor Value)> State => [("counts", _counts), ("sums", _sums)];

    /// <summary>Nearest codes, as they are before they follow this step's latents.</summary>
    /// <param name="latents"><c>[B, N, C]</c>, ℓ2-normalised.</param>
    /// <param name="step">Step number, at least that of the codebook's start.</param>
    /// <returns>Tokens <c>[B, N]</c>, their codes <c>[B, N, C]</c> without a graph, and how many codes were put elsewhere.</returns>
    public (Tensor Tokens, Tensor Codes, long Restarted) Quantise(Tensor latents, long step)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor free = latents.detach(), flat = free.flatten(0, 1);
        if (step == _options.FreeSteps)
        {
            Fill(flat);
        }
        Tensor tokens = _network.Nearest(free), codes = _network.Codes(tokens);
        long restarted = Follow(flat, tokens.flatten(), codes.flatten(0, 1), step);
        return (tokens.MoveToOuterDisposeScope(), codes.MoveToOuterDisposeScope(), restarted);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _counts.Dispose();
        _sums.Dispose();
    }

    // Codes at latents, each drawn in proportion to its squared distance from those already chosen (k-means++).
    void Fill(Tensor latents)
    {
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(17, latents.device);
        Tensor distance = ones(latents.shape[0], device: latents.device);
        for (int i = 0; i < _network.Architecture.CodebookSize; i++)
        {
            using DisposeScope pick = NewDisposeScope();
            Tensor chosen = latents.index_select(0, multinomial(distance.Plus(Scalars.Of(1e-9)), 1, generator: generator));
            _network.Codebook.narrow(0, i, 1).copy_(chosen);
            distance.copy_(minimum(distance, latents.sub(chosen).Squared().sum(-1)));
        }
        _counts.fill_(Scalars.Of(1));
        _sums.copy_(_network.Codebook);
    }

    long Follow(Tensor latents, Tensor tokens, Tensor codes, long step)
    {
        using DisposeScope scope = NewDisposeScope();
        Scalar kept = Scalars.Of(_options.Decay), added = Scalars.Of(1 - _options.Decay);
        _counts.mul_(kept).index_add_(0, tokens, ones_like(tokens, ScalarType.Float32), added);
        _sums.mul_(kept).index_add_(0, tokens, latents, added);
        long restarted = step % _options.RestartEvery == 0 ? Restart(latents, latents.sub(codes).Squared().sum(-1)) : 0;
        _network.Codebook.copy_(nn.functional.normalize(_sums, dim: -1));
        return restarted;
    }

    long Restart(Tensor latents, Tensor error)
    {
        Tensor dead = nonzero(_counts.lt(Scalars.Of(_options.DeadBelow))).flatten();
        long count = Math.Min(Math.Min(_options.MostRestarts, dead.shape[0]), latents.shape[0]);
        if (count == 0)
        {
            return 0;
        }
        Tensor slots = dead.narrow(0, 0, count), worst = error.topk((int)count).indexes;
        _sums.index_copy_(0, slots, latents.index_select(0, worst));
        _counts.index_fill_(0, slots, Scalars.Of(1));
        return count;
    }
}
