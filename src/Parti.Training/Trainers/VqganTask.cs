using Parti.Models.ImageTokenizer;
using Parti.Models.Layers;
using Parti.Training.Runs;
using Parti.Training.Scenes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>
/// Trains the image tokenizer on scenes: ℓ1 + ℓ2 weighted towards edges, and the commitment loss of ViT-VQGAN §3.2 (β 0.25).
/// The codebook follows its latents by moving averages: it starts from latents once the autoencoder works, and codes nobody
/// uses are put where latents are badly served.
/// </summary>
public sealed class VqganTask : TrainingTask
{
    const double EdgeWeight = 8, Beta = 0.25, Decay = 0.97, DeadBelow = 0.08;
    const int FreeSteps = 200, RestartEvery = 10, MostRestarts = 64;

    readonly VitVqGan _network;
    readonly SceneGenerator _scenes;
    readonly int _batch;
    readonly Tensor _counts, _sums;

    /// <summary>Prepares a training from scratch.</summary>
    /// <param name="network">The tokenizer.</param>
    /// <param name="scenes">Where pictures come from.</param>
    /// <param name="batch">Pictures a step.</param>
    public VqganTask(VitVqGan network, SceneGenerator scenes, int batch)
    {
        (_network, _scenes, _batch) = (network, scenes, batch);
        _counts = ones(network.Architecture.CodebookSize);
        _sums = network.Codebook.detach().clone();
    }

    /// <inheritdoc />
    public override nn.Module Network => _network;

    /// <inheritdoc />
    public override IEnumerable<(string Name, Parameter Value)> Trained => _network.named_parameters().Where(p => p.name != "codebook");

    /// <inheritdoc />
    public override IEnumerable<(string Name, Tensor Value)> ExtraState => [("counts", _counts), ("sums", _sums)];

    /// <inheritdoc />
    public override Tensor Loss(long step)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pictures = ScenePictures.Draw(ScenePictures.Batch(_scenes, step, _batch), _network.Architecture.ImageSize);
        Tensor latents = _network.Latents(pictures);
        if (step < FreeSteps)
        {
            return Reconstruction(pictures, _network.DecodeCodes(latents)).MoveToOuterDisposeScope();
        }
        Tensor flat = latents.detach().flatten(0, 1);
        if (step == FreeSteps)
        {
            Fill(flat);
        }
        Tensor tokens = _network.Nearest(latents.detach()), codes = _network.Codes(tokens).detach();
        Follow(flat, tokens.flatten(), codes.flatten(0, 1), step);
        Tensor straightThrough = latents.add(codes.sub(latents).detach());
        Tensor commitment = latents.sub(codes).square().sum(-1).mean().mul(Scalars.Of(Beta));
        return Reconstruction(pictures, _network.DecodeCodes(straightThrough)).add(commitment).MoveToOuterDisposeScope();
    }

    static Tensor Reconstruction(Tensor pictures, Tensor decoded)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor highest = nn.functional.max_pool2d(pictures, 3, 1, 1), lowest = nn.functional.max_pool2d(pictures.neg(), 3, 1, 1).neg();
        Tensor weight = highest.sub(lowest).amax([1], keepdim: true).mul(Scalars.Of(EdgeWeight)).add(Scalars.Of(1));
        Tensor error = decoded.sub(pictures);
        return error.abs().add(error.square()).mul(weight).mean().MoveToOuterDisposeScope();
    }

    // Codes at latents, each drawn in proportion to its distance from those already chosen.
    void Fill(Tensor latents)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(17);
        Tensor distance = ones(latents.shape[0]);
        for (int i = 0; i < _network.Architecture.CodebookSize; i++)
        {
            using DisposeScope pick = NewDisposeScope();
            Tensor chosen = latents.index_select(0, multinomial(distance.add(Scalars.Of(1e-9)), 1, generator: generator));
            _network.Codebook.narrow(0, i, 1).copy_(chosen);
            distance.copy_(minimum(distance, latents.sub(chosen).square().sum(-1)));
        }
        _counts.fill_(Scalars.Of(1));
        _sums.copy_(_network.Codebook);
    }

    void Follow(Tensor latents, Tensor tokens, Tensor codes, long step)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _counts.mul_(Scalars.Of(Decay)).index_add_(0, tokens, ones_like(tokens, ScalarType.Float32), Scalars.Of(1 - Decay));
        _sums.mul_(Scalars.Of(Decay)).index_add_(0, tokens, latents, Scalars.Of(1 - Decay));
        if (step % RestartEvery == 0)
        {
            Restart(latents, latents.sub(codes).square().sum(-1));
        }
        _network.Codebook.copy_(nn.functional.normalize(_sums, dim: -1));
    }

    void Restart(Tensor latents, Tensor error)
    {
        Tensor dead = nonzero(_counts.lt(Scalars.Of(DeadBelow * 0.1))).flatten();
        long count = Math.Min(MostRestarts, dead.shape[0]);
        if (count == 0)
        {
            return;
        }
        Tensor slots = dead.narrow(0, 0, count), worst = error.topk((int)count).indexes;
        _sums.index_copy_(0, slots, latents.index_select(0, worst));
        _counts.index_fill_(0, slots, Scalars.Of(1));
    }
}
