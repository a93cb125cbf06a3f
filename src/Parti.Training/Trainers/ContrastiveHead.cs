using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>
/// A training-only pair of towers (Parti §2.3, after Radford et al. 2021): a small transformer over patches of the picture on one side, the
/// mean text state on the other, both brought to unit vectors of one width. Pictures and captions that belong together shall be closest.
/// Legend: B pairs, S edge of a picture, P edge of a patch, N patches, W tower width, D text width, E embedding width.
/// </summary>
sealed class ContrastiveHead : nn.Module
{
    // Where the temperature starts and what it may not fall below (Radford et al. 2021, §2.5).
    const double FirstTemperature = 0.07, LowestTemperature = 0.01;
    const double Never = -1e9;

    readonly Projection patches, image_output, text_output;
    readonly Parameter positions, log_scale;
    readonly ModuleList<TransformerLayer> layers;
    readonly LayerNorm norm;
    readonly int _patch, _grid;
    readonly Device _device;

    /// <summary>Allocates both towers.</summary>
    /// <param name="textWidth">D.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="device">Where the weights are.</param>
    public ContrastiveHead(int textWidth, TextPretrainingOptions options, Device device)
        : base(nameof(ContrastiveHead))
    {
        (_patch, _grid, _device) = (options.PatchSize, options.ImageSize / options.PatchSize, device);
        int width = options.TowerWidth;
        patches = new(3L * _patch * _patch, width, withBias: true, device: device);
        positions = new(randn(_grid * _grid, width, device: device).mul_(Scalars.Of(0.5)));
        layers = nn.ModuleList([.. Enumerable.Range(0, options.TowerLayers)
            .Select(_ => new TransformerLayer(width, 4 * width, options.TowerHeads, options.TowerLayers, false, ScalarType.Float32, device))]);
        norm = nn.LayerNorm(width, device: device);
        image_output = new(width, options.EmbeddingWidth, device: device);
        text_output = new(textWidth, options.EmbeddingWidth, device: device);
        log_scale = new(full([], Scalars.Of(-Math.Log(FirstTemperature)), ScalarType.Float32, device));
        RegisterComponents();
    }

    /// <summary>Symmetric InfoNCE over the pairs of a batch, and how many find their partner.</summary>
    /// <param name="pictures"><c>[B, 3, S, S]</c>, 0 to 1.</param>
    /// <param name="states">Text states <c>[B, T, D]</c>, zero where padded.</param>
    /// <param name="mask">True where a text token is real <c>[B, T]</c>.</param>
    /// <param name="captions">B captions. Two equal ones fit each other's picture, so neither counts against the other.</param>
    /// <returns>The loss, and the share of pictures and captions whose partner is closest; scalars.</returns>
    public (Tensor Loss, Tensor Accuracy) Loss(Tensor pictures, Tensor states, Tensor mask, IReadOnlyList<string> captions)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor text = states.sum(1).div(mask.sum(1, keepdim: true).clamp_min(Scalars.Of(1)));
        Tensor images = Unit(image_output.forward(Tower(pictures))), texts = Unit(text_output.forward(text));
        Tensor scale = log_scale.clamp_max(Scalars.Of(-Math.Log(LowestTemperature))).exp();
        Tensor logits = images.matmul(texts.t()).mul(scale).Plus(Twins(captions));
        Tensor partners = TensorMath.Range(logits.shape[0], _device);
        Tensor loss = nn.functional.cross_entropy(logits, partners).Plus(nn.functional.cross_entropy(logits.t(), partners)).mul(Scalars.Of(0.5));
        Tensor found = stack([logits.argmax(1).eq(partners), logits.argmax(0).eq(partners)]).to(ScalarType.Float32).mean();
        return (loss.MoveToOuterDisposeScope(), found.detach().MoveToOuterDisposeScope());
    }

    // [B, 3, S, S] to [B, W].
    Tensor Tower(Tensor pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor cut = pictures.mul(Scalars.Of(2)).sub(Scalars.Of(1)).reshape(-1, 3, _grid, _patch, _grid, _patch).permute(0, 2, 4, 1, 3, 5);
        Tensor x = patches.forward(cut.reshape(-1, (long)_grid * _grid, 3L * _patch * _patch)).Plus(positions);
        foreach (TransformerLayer layer in layers)
        {
            x = layer.ForwardSequence(x, null, null, null);
        }
        return norm.forward(x).mean([1]).MoveToOuterDisposeScope();
    }

    Tensor Twins(IReadOnlyList<string> captions)
    {
        int count = captions.Count;
        float[] bias = new float[count * count];
        for (int i = 0; i < bias.Length; i++)
        {
            (int row, int column) = (i / count, i % count);
            bias[i] = row != column && captions[row] == captions[column] ? (float)Never : 0;
        }
        return tensor(bias, [count, count], device: _device);
    }

    static Tensor Unit(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return x.div(x.Squared().sum(1, keepdim: true).sqrt().clamp_min(Scalars.Of(1e-6))).MoveToOuterDisposeScope();
    }
}
