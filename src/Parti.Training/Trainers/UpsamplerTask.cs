using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Training.Runs;
using Parti.Training.Scenes;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Trainers;

/// <summary>Trains the upsampler from frozen reconstructions to the scene drawn large (Parti §2.1, figure 4), by ℓ1.</summary>
public sealed class UpsamplerTask(Upsampler network, VitVqGan tokenizer, SceneGenerator scenes, int batch) : TrainingTask
{
    /// <inheritdoc />
    public override nn.Module Network => network;

    /// <inheritdoc />
    public override Tensor Loss(long step)
    {
        using DisposeScope scope = NewDisposeScope();
        SceneSample[] samples = ScenePictures.Batch(scenes, step, batch);
        int size = tokenizer.Architecture.ImageSize;
        Tensor large = ScenePictures.Draw(samples, size * network.Architecture.Factor);
        Tensor small;
        using (no_grad())
        {
            small = tokenizer.Decode(tokenizer.Encode(ScenePictures.Draw(samples, size)));
        }
        return nn.functional.l1_loss(network.forward(small), large).MoveToOuterDisposeScope();
    }
}
