using Parti.Models.Layers;
using Parti.Training.Scenes;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>Batches of drawn scenes as tensors.</summary>
static class ScenePictures
{
    /// <summary>Pictures <c>[B, 3, S, S]</c>, 0 to 1.</summary>
    /// <param name="samples">B scenes.</param>
    /// <param name="size">S, edge in pixels.</param>
    public static Tensor Draw(IReadOnlyList<SceneSample> samples, int size)
    {
        byte[] bytes = new byte[samples.Count * size * size * 3], one = new byte[size * size * 3];
        for (int i = 0; i < samples.Count; i++)
        {
            SceneRenderer.Render(samples[i].Scene, size, one);
            one.CopyTo(bytes, i * one.Length);
        }
        using DisposeScope scope = NewDisposeScope();
        return tensor(bytes, [samples.Count, size, size, 3]).permute(0, 3, 1, 2).to(ScalarType.Float32).div(Scalars.Of(255)).MoveToOuterDisposeScope();
    }

    /// <summary>The samples of one step.</summary>
    /// <param name="generator">The stream.</param>
    /// <param name="step">Step number.</param>
    /// <param name="size">Samples a step.</param>
    public static SceneSample[] Batch(SceneGenerator generator, long step, int size) =>
        [.. Enumerable.Range(0, size).Select(i => generator.At(step * size + i))];
}
