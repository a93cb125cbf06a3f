using Parti.Training.Drawing;
using Parti.Training.Evaluation;
using Parti.Training.Evaluation.Prompts;

namespace Parti.Training.Tests.Evaluation.Prompts;

public sealed class PromptPicturesTests : IDisposable
{
    static readonly PromptPictureOptions Options = new(new(1.5, 0.9), 5);

    readonly string _folder = Directory.CreateTempSubdirectory("parti-pictures-").FullName;
    readonly EvaluatedModel _model;

    public PromptPicturesTests() => _model = EvaluatedModel.Open(TinyModelDirectory.Create(Path.Combine(_folder, "tiny"), grid: 4));

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Make_StoppedAndStartedAgain_MakesOnlyWhatIsMissing()
    {
        using CancellationTokenSource source = new();
        PromptPictures pictures = New(Entries(30));
        Assert.False(pictures.Make(progress => { if (progress.Done > 0) { source.Cancel(); } }, source.Token));
        Assert.Equal(25, pictures.Present.Count);
        Dictionary<string, DateTime> written = pictures.Present.ToDictionary(picture => picture.File, picture => Marked(pictures.PathOf(picture)));
        List<int> reports = [];

        Assert.True(New(Entries(30)).Make(progress => reports.Add(progress.Done), TestContext.Current.CancellationToken));
        Assert.Equal([25, 30], reports);
        Assert.Equal(30, pictures.Present.Count);
        Assert.All(written, pair => Assert.Equal(pair.Value, File.GetLastWriteTimeUtc(Path.Combine(_folder, "out", pair.Key))));
    }

    [Fact]
    public void Make_PromptAmongOthers_HasThePictureItHasAlone()
    {
        PromptPictures together = New(Entries(6)), alone = New(Entries(6)[4..5], "alone");
        together.Make(_ => { }, TestContext.Current.CancellationToken);
        alone.Make(_ => { }, TestContext.Current.CancellationToken);

        Assert.Equal(together.All[4].File, alone.All[0].File);
        Assert.Equal(PngFile.Read(together.PathOf(together.All[4])), PngFile.Read(alone.PathOf(alone.All[0])));
        Assert.Equal(6, together.All.Select(picture => Convert.ToBase64String(PngFile.Read(together.PathOf(picture)))).Distinct().Count());
    }

    [Fact]
    public void All_OtherSettingSeedWeightsOrPrompt_HasAnotherFile()
    {
        using EvaluatedModel other = EvaluatedModel.Open(TinyModelDirectory.Create(Path.Combine(_folder, "other"), grid: 4, width: 32));
        PromptEntry[] entries = [new("a red circle"), new("a red circle!")];
        string[] files =
        [
            .. New(entries).All.Select(picture => picture.File),
            New(entries, options: Options with { Seed = 6 }).All[0].File,
            New(entries, options: Options with { Setting = new(1.5, 0.8) }).All[0].File,
            New(entries, options: Options with { Setting = new(1.6, 0.9) }).All[0].File,
            new PromptPictures(other, Options, entries, _folder).All[0].File,
        ];

        Assert.Equal(files.Length, files.Distinct().Count());
        Assert.All(files, file => Assert.Matches("^pictures/a-red-circle-[0-9a-f]{16}\\.png$", file));
        Assert.Equal(New(entries).All[0].File, New(entries).All[0].File);
    }

    [Theory]
    [InlineData("A robot. The words \"Fly\"!", "a-robot-the-words-fly")]
    [InlineData("../../etc/passwd", "etc-passwd")]
    [InlineData("中文", "prompt")]
    [InlineData("a very long prompt that goes on and on and on", "a-very-long-prompt-that-goes-on-and-on-a")]
    public void Words_AnyPrompt_IsAFileName(string prompt, string expected) => Assert.Equal(expected, PromptPictures.Words(prompt));

    [Fact]
    public void Sample_SeedsForOtherPrompts_SaysSo() =>
        Assert.Throws<ArgumentException>(() => _model.Sample(["a", "b"], Options.Setting, [1UL]));

    static PromptEntry[] Entries(int count) => [.. Enumerable.Range(0, count).Select(i => new PromptEntry($"{i} red circles"))];

    static DateTime Marked(string file)
    {
        DateTime old = new(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(file, old);
        return old;
    }

    PromptPictures New(PromptEntry[] entries, string folder = "out", PromptPictureOptions? options = null) =>
        new(_model, options ?? Options, entries, Path.Combine(_folder, folder));
}
