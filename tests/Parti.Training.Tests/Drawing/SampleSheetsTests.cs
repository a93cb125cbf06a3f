using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Models.Transformer;
using Parti.Native;
using Parti.Training.Data;
using Parti.Training.Drawing;
using Parti.Training.Tests.Evaluation;

namespace Parti.Training.Tests.Drawing;

public sealed class SampleSheetsTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("parti-samples-").FullName;
    readonly ModelDirectory _directory;
    readonly VitVqGan _tokenizer;

    public SampleSheetsTests()
    {
        TorchRuntime.Start(new TorchOptions { Threads = 1 });
        _directory = TinyModelDirectory.Create(Path.Combine(_folder, "tiny"), grid: 2);
        _tokenizer = new VitVqGan(_directory.Manifest.Architecture.ImageTokenizer);
        _tokenizer.train();
    }

    public void Dispose()
    {
        _tokenizer.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void FileName_Steps_SortAsTheyWereTaken() =>
        Assert.Equal([Path.Combine("samples", "step-000500.png"), Path.Combine("samples", "step-012000.png")], new[] { 500L, 12_000 }.Select(SampleSheets.FileName));

    [Fact]
    public void Reconstructions_SomeExamples_StandUnderTheirPictures()
    {
        Example[] examples = [new("a red square", Ink.Square(16, 255, 0, 0)), new("a blue square", Ink.Square(16, 0, 0, 255))];
        PictureGrid grid = SampleSheets.Reconstructions(_tokenizer, examples);

        Assert.Equal((2, 4), (grid.Columns, grid.Pictures.Count));
        Assert.Equal(examples.Select(example => example.Pixels), grid.Pictures.Take(2).Select(picture => picture.Pixels));
        Assert.Equal(["", "", "a red square", "a blue square"], grid.Pictures.Select(picture => picture.Label));
        Assert.All(grid.Pictures.Skip(2), picture => Assert.Equal(3 * 16 * 16, picture.Pixels.Length));
        Assert.True(_tokenizer.training);
        Assert.NotEmpty(grid.ToPng());
    }

    [Fact]
    public void Samples_SameSeed_AreTheSamePictures()
    {
        using PartiTransformer transformer = new(_directory.Manifest.Architecture.Transformer);
        PictureGrid Draw(ulong seed) => SampleSheets.Samples(transformer, _directory.LoadTextTokenizer(), _tokenizer, ["a red circle", "a blue square", "two green stars"], new(1.5, 1), seed);
        transformer.train();
        PictureGrid grid = Draw(3);

        Assert.Equal((2, 3), (grid.Columns, grid.Pictures.Count));
        Assert.Equal(grid.Pictures.Select(picture => picture.Pixels), Draw(3).Pictures.Select(picture => picture.Pixels));
        Assert.NotEqual(grid.Pictures.Select(picture => picture.Pixels), Draw(9).Pictures.Select(picture => picture.Pixels));
        Assert.True(transformer.training);
    }

    [Fact]
    public void Upsampled_SomePairs_StandInThreeRows()
    {
        using Upsampler upsampler = new(new() { Factor = 2, Blocks = 1, Channels = 8, Expansion = 2 });
        (Example, Example)[] pairs = [(new("a", Ink.Square(16, 255, 0, 0)), new("a", Ink.Square(32, 255, 0, 0))), (new("b", Ink.Square(16, 0, 255, 0)), new("b", Ink.Square(32, 0, 255, 0)))];
        PictureGrid grid = SampleSheets.Upsampled(upsampler, _tokenizer, pairs);

        Assert.Equal([16, 16, 32, 32, 32, 32], grid.Pictures.Select(picture => (int)Math.Sqrt(picture.Pixels.Length / 3)));
        Assert.Equal(["small", "small", "upsampled", "upsampled", "true", "true"], grid.Pictures.Select(picture => picture.Label));
        Assert.Same(pairs[1].Item2.Pixels, grid.Pictures[5].Pixels);
    }
}
