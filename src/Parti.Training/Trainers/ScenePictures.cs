using Parti.Training.Data;
using Parti.Training.Scenes;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>Batches of drawn scenes as tensors.</summary>
static class ScenePictures
{
    /// <summary>Pictures <c>[B, 3, S, S]</c>, 0 to 1.</summary>
    /// <param name="samples">B scenes.</param>
    /// <param name="size">S, edge in pixels.</param>
    public static Tensor Draw(IReadOnlyList<SceneSample> samples, int size) =>
        PictureBatch.Pixels(samples.Select(sample => SceneExamples.Drawn(sample, size)), size, CPU);
}
