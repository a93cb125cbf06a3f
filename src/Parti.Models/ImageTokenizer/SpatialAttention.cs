using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.ImageTokenizer;

/// <summary>Attention of one head among the cells of a feature map, around a skip.</summary>
internal sealed class SpatialAttention : nn.Module<Tensor, Tensor>
{
    private readonly GroupNorm norm;
    private readonly Conv2d query, key, value, output;
    private readonly Scalar _scale;

    internal SpatialAttention(int channels, int groups, double epsilon, Device? device)
        : base(nameof(SpatialAttention))
    {
        norm = GroupNorms.Create(groups, channels, epsilon, device);
        query = nn.Conv2d(channels, channels, 1, device: device);
        key = nn.Conv2d(channels, channels, 1, device: device);
        value = nn.Conv2d(channels, channels, 1, device: device);
        output = nn.Conv2d(channels, channels, 1, device: device);
        _scale = Scalars.Of(1 / Math.Sqrt(channels));
        RegisterComponents();
    }

    /// <summary><c>[B, C, H, W]</c> to the same.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = norm.forward(input);
        Tensor q = query.forward(x).flatten(2).transpose(1, 2), k = key.forward(x).flatten(2), v = value.forward(x).flatten(2);
        Tensor weights = q.matmul(k).mul(_scale).softmax(-1);
        Tensor mixed = v.matmul(weights.transpose(1, 2)).reshape(input.shape);
        return input.Plus(output.forward(mixed)).MoveToOuterDisposeScope();
    }
}
