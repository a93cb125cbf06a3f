using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Models.Transformer;
using Parti.Native;
using Parti.Training.Data;
using Parti.Training.Drawing;
using Parti.Training.Evaluation;
using Parti.Training.Evaluation.Prompts;
using Parti.Training.Tests.Evaluation;
using TorchSharp;

namespace Parti.Training.Tests.Drawing;

/// <summary>The number of tensors is one for the process: nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(SheetTensorCountTests), DisableParallelization = true)]
[Collection(nameof(SheetTensorCountTests))]
public sealed class SheetTensorCountTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("parti-count-").FullName;
    readonly ModelDirectory _directory;

    public SheetTensorCountTests()
    {
        TorchRuntime.Start(new TorchOptions { Threads = 1 });
        _directory = TinyModelDirectory.Create(Path.Combine(_folder, "tiny"), grid: 2);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void SampleSheets_MadeManyTimes_LeaveNoTensor()
    {
        using VitVqGan tokenizer = new(_directory.Manifest.Architecture.ImageTokenizer);
        using PartiTransformer transformer = new(_directory.Manifest.Architecture.Transformer);
        using Upsampler upsampler = new(new() { Factor = 2, Blocks = 1, Channels = 8, Expansion = 2 });
        Example small = new("a", Ink.Square(16, 9, 9, 9)), large = new("a", Ink.Square(32, 9, 9, 9));
        AssertNoneIsLeft(_ =>
        {
            SampleSheets.Reconstructions(tokenizer, [small]);
            SampleSheets.Samples(transformer, _directory.LoadTextTokenizer(), tokenizer, ["a red circle"], new(2, 0.7), 1);
            SampleSheets.Upsampled(upsampler, tokenizer, [(small, large)]);
        });
    }

    [Fact]
    public void PromptPictures_MadeManyTimes_LeaveNoTensor()
    {
        using EvaluatedModel model = EvaluatedModel.Open(_directory);
        AssertNoneIsLeft(run =>
        {
            PromptPictures pictures = new(model, new(new(1.5, 0.9), (ulong)run), [.. Enumerable.Range(0, 27).Select(i => new PromptEntry($"{i} red circles"))], _folder);
            pictures.Make(_ => { }, TestContext.Current.CancellationToken);
            Assert.Equal(27, pictures.Present.Count);
        });
    }

    // No collection in between: what a run leaves to a finaliser counts as left.
    static void AssertNoneIsLeft(Action<int> run)
    {
        run(0);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = torch.Tensor.TotalCount;
        for (int i = 1; i <= 3; i++)
        {
            run(i);
            Assert.Equal(before, torch.Tensor.TotalCount);
        }
    }
}
