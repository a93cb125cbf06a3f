using Parti.Models.ImageTokenizer;
using Parti.Training.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Tests.Trainers;

public sealed class OverfitTests
{
    [Fact]
    public void Train_OnePicture_IsReproducedFromItsTokensAbove35Decibels()
    {
        using VitVqGan network = TinyNetworks.Drawn(new VitVqGan(TinyNetworks.Sizes with { ImageSize = 32, CodebookSize = 64 }), 5);
        var picture = new FewPictures(TinyNetworks.Scenes, 4, 1);
        using var task = new VqganTask(network, picture, new() { Batch = 1, Codebook = new() { FreeSteps = 50 } });
        using var loop = new AlternatingLoop(task);
        loop.Run(0, 300, 2e-3);
        loop.Run(300, 450, 3e-4);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        Tensor pixels = PictureBatch.Pixels([picture.At(0, 32)], 32, CPU);
        double error = network.Decode(network.Encode(pixels)).sub(pixels).square().mean().item<float>();
        Assert.InRange(-10 * Math.Log10(error), 35, 200);
    }
}
