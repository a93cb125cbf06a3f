using Parti.Models.ImageTokenizer;
using Parti.Models.Layers;
using Parti.Training.Data;
using Parti.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>
/// More codes for a trained image tokenizer: put where latents are served worst, then moved to the middle of the latents nearest to them. The
/// encoder, the decoder and the codes there were stay as they are. Measures <c>code_usage</c> and <c>code_perplexity</c> over the last 256 pictures.
/// Legend: V codes, C code width.
/// </summary>
public sealed class CodesTask : TrainingTask, IDisposable
{
    const int FirstBatches = 16;

    readonly VitVqGan _network;
    readonly ExampleBatches<Example[]> _examples;
    readonly RecentCodes _recent;
    readonly Tensor _kept;
    readonly Parameter _added;
    readonly int _batch;

    /// <summary>Prepares a training; puts the new codes where the first pictures want them.</summary>
    /// <param name="network">The tokenizer with room for more codes (<see cref="VitVqGan.WithCodes"/>).</param>
    /// <param name="codes">Codes that it has already.</param>
    /// <param name="examples">Where pictures come from.</param>
    /// <param name="batch">Pictures a step.</param>
    public CodesTask(VitVqGan network, int codes, IExamples examples, int batch)
    {
        (_network, _batch) = (network, batch);
        _examples = PictureBatch.Ahead(examples, batch, network.Architecture.ImageSize);
        _recent = new(network.Architecture, network.Codebook.device);
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _kept = nn.functional.normalize(network.Codebook.narrow(0, 0, codes), dim: -1).DetachFromDisposeScope();
        _added = new(Worst(network.Architecture.CodebookSize - codes));
        _added.DetachFromDisposeScope();
    }

    /// <inheritdoc />
    public override nn.Module Network => _network;

    /// <inheritdoc />
    public override IEnumerable<(string Name, Parameter Value)> Trained => [("added", _added)];

    /// <inheritdoc />
    public override IEnumerable<(string Name, Tensor Value)> ExtraState => [("added", _added), ("recent_codes", _recent.State)];

    /// <inheritdoc />
    public override bool IsMade(string name) => name == "codebook";

    /// <inheritdoc />
    public override void Settle()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _network.Codebook.copy_(Codes());
    }

    /// <summary>Mean squared distance of latents to their codes.</summary>
    /// <inheritdoc />
    public override Tensor Loss(long step)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor latents = Latents(BatchOf(step)), codes = Codes(), tokens = Nearest(latents, codes);
        _recent.Add(tokens.reshape(_batch, -1), BatchOf(step) * _batch);
        (Tensor share, Tensor perplexity) = _recent.Usage();
        Measure("code_usage", share);
        Measure("code_perplexity", perplexity);
        return latents.sub(codes.index_select(0, tokens)).Squared().sum(-1).mean().MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _examples.Dispose();
        _recent.Dispose();
        _kept.Dispose();
        _added.Dispose();
    }

    Tensor Codes() => cat([_kept, nn.functional.normalize(_added, dim: -1)], 0);

    Tensor Latents(long batch)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return _network.Latents(PictureBatch.Pixels(_examples.At(batch), _network.Architecture.ImageSize, _network.Codebook.device)).flatten(0, 1).MoveToOuterDisposeScope();
    }

    static Tensor Nearest(Tensor latents, Tensor codes)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return latents.matmul(codes.t()).argmax(-1).MoveToOuterDisposeScope();
    }

    // Each drawn in proportion to its squared distance from the codes there are by then (k-means++).
    Tensor Worst(int count)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(17, _kept.device);
        Tensor latents = cat([.. Enumerable.Range(0, FirstBatches).Select(i => Latents(i))], 0);
        Tensor distance = latents.matmul(_kept.t()).amax(-1).mul(Scalars.Of(-2)).Plus(Scalars.Of(2)).clamp_min(Scalars.Of(0));
        Tensor added = zeros(count, _kept.shape[1], device: _kept.device);
        for (int i = 0; i < count; i++)
        {
            using DisposeScope pick = NewDisposeScope();
            Tensor chosen = latents.index_select(0, multinomial(distance.Plus(Scalars.Of(1e-9)), 1, generator: generator));
            added.narrow(0, i, 1).copy_(chosen);
            distance.copy_(minimum(distance, latents.sub(chosen).Squared().sum(-1)));
        }
        return added.MoveToOuterDisposeScope();
    }
}
