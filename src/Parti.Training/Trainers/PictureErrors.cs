using Parti.Models.Layers;
using Parti.Training.Perception;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>The weighted losses between pictures and their originals, all but the adversarial one.</summary>
/// <param name="losses">Weights.</param>
/// <param name="perception">Distance of features; null where its weight is 0.</param>
sealed class PictureErrors(PictureLosses losses, PerceptualDistance? perception)
{
    /// <summary>Weighted sum of the pixels' errors and the distance of features, a scalar.</summary>
    /// <param name="pictures">Originals <c>[B, 3, S, S]</c>, 0 to 1.</param>
    /// <param name="made">What the network made of them, of the same shape.</param>
    /// <param name="measure">Told of each loss before its weight.</param>
    public Tensor Sum(Tensor pictures, Tensor made, Action<string, Tensor> measure)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor error = made.sub(pictures);
        measure("mse", error.Squared().mean());
        Tensor? sum = Pixels(error, pictures);
        if (perception is not null)
        {
            Tensor distance = perception.Between(pictures, made);
            measure("perceptual", distance);
            distance = distance.mul(Scalars.Of(losses.Perceptual));
            sum = sum?.Plus(distance) ?? distance;
        }
        return (sum ?? zeros([], device: made.device)).MoveToOuterDisposeScope();
    }

    Tensor? Pixels(Tensor error, Tensor pictures)
    {
        Tensor? each = losses.L1 > 0 ? error.abs().mul(Scalars.Of(losses.L1)) : null;
        if (losses.L2 > 0)
        {
            Tensor squares = error.Squared().mul(Scalars.Of(losses.L2));
            each = each?.Plus(squares) ?? squares;
        }
        return (losses.Edge > 0 ? each?.mul(EdgeWeights(pictures)) : each)?.mean();
    }

    // 1 on plain surfaces, more where a pixel's neighbours differ.
    Tensor EdgeWeights(Tensor pictures)
    {
        Tensor highest = nn.functional.max_pool2d(pictures, 3, 1, 1), lowest = nn.functional.max_pool2d(pictures.neg(), 3, 1, 1).neg();
        return highest.sub(lowest).amax([1], keepdim: true).mul(Scalars.Of(losses.Edge)).Plus(Scalars.Of(1));
    }
}
