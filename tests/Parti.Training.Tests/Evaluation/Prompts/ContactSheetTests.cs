using System.Net;
using System.Text.RegularExpressions;
using Parti.Training.Evaluation;
using Parti.Training.Evaluation.Prompts;
using Parti.Training.Tests.Drawing;
using SkiaSharp;

namespace Parti.Training.Tests.Evaluation.Prompts;

public sealed partial class ContactSheetTests : IDisposable
{
    const string Nasty = "<script>alert(\"1\")</script> & 'it' says \"Dalí\"";

    readonly string _folder = Directory.CreateTempSubdirectory("parti-sheet-").FullName;
    readonly EvaluatedModel _model;

    public ContactSheetTests() => _model = EvaluatedModel.Open(TinyModelDirectory.Create(Path.Combine(_folder, "tiny"), grid: 2));

    string Out => Path.Combine(_folder, "out");

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Write_NastyPrompt_IsTextEverywhere()
    {
        (IReadOnlyList<string> _, string page) = Write([new(Nasty, "A<b", "C\"d", "n&m")]);

        Assert.Single(Regex.Matches(page, "<script>"));
        Assert.Equal($"Generated picture for the prompt: {Nasty}", WebUtility.HtmlDecode(Alt().Match(page).Groups[1].Value));
        Assert.Equal(("A<b", "C\"d"), (WebUtility.HtmlDecode(Data().Match(page).Groups[1].Value), WebUtility.HtmlDecode(Data().Match(page).Groups[2].Value)));
        Assert.Contains("n&amp;m", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_PageAndSheets_AreSelfContained()
    {
        (IReadOnlyList<string> files, string page) = Write([new("a cat", "Animals", "Basic"), new("a dog", "Animals"), new("a chair", "Indoor Scenes", "Basic")]);

        Assert.Equal(["index.html", "sheet-animals.png", "sheet-indoor-scenes.png"], files);
        Assert.DoesNotContain("://", page, StringComparison.Ordinal);
        string[] referred = [.. Reference().Matches(page).Select(match => match.Groups[1].Value)];
        Assert.Equal(5, referred.Length);
        Assert.All(referred, file => Assert.True(File.Exists(Path.Combine(Out, file)), file));
        Assert.Contains("3 of 3 pictures, one a prompt: guidance 1.5, temperature 0.9, seed 5, 16 px.", page, StringComparison.Ordinal);
        Assert.Equal(["Animals", "Indoor Scenes", "Basic"], Option().Matches(page).Select(match => match.Groups[1].Value));
        Assert.Equal(3, Alt().Count(page));
    }

    [Fact]
    public void Write_PicturesMissing_ShowsThoseThatAreThere()
    {
        PromptPictures pictures = Pictures([new("a cat"), new("a dog")]);
        pictures.Make(_ => { }, TestContext.Current.CancellationToken);
        File.Delete(pictures.PathOf(pictures.All[0]));
        ContactSheet.Write(Out, Head(), pictures);

        Assert.Contains("1 of 2 pictures", File.ReadAllText(Path.Combine(Out, "index.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_NoPictureYet_WritesAPage() => Assert.Equal(["index.html"], ContactSheet.Write(Out, Head(), Pictures([new("a cat")])));

    [Fact]
    public void Write_ManyPicturesOfACategory_ArePartedIntoSheets()
    {
        (IReadOnlyList<string> files, string _) = Write([.. Enumerable.Range(0, 170).Select(i => new PromptEntry($"{i} cats"))]);

        Assert.Equal(["index.html", "sheet-all-prompts-part1.png", "sheet-all-prompts-part2.png"], files);
        using SKBitmap second = Ink.Decode(File.ReadAllBytes(Path.Combine(Out, files[2])));
        Assert.InRange(second.Height, 2 * 128, 3 * 170);
    }

    [Fact]
    public void Write_CategoriesThatDifferInSigns_HaveASheetEach() => Assert.Equal(
        ["index.html", "sheet-food-beverage.png", "sheet-food-beverage-2.png"],
        Write([new("tea", "Food & Beverage"), new("rice", "Food, Beverage")]).Files);

    (IReadOnlyList<string> Files, string Page) Write(PromptEntry[] entries)
    {
        PromptPictures pictures = Pictures(entries);
        pictures.Make(_ => { }, TestContext.Current.CancellationToken);
        IReadOnlyList<string> files = ContactSheet.Write(Out, Head(), pictures);
        return (files, File.ReadAllText(Path.Combine(Out, files[0])));
    }

    PromptPictures Pictures(PromptEntry[] entries) => new(_model, Head().Options, entries, Out);

    ContactSheetHead Head() => new(_model.Name, "list.tsv", new(new(1.5, 0.9), 5), _model.ImageSize);

    [GeneratedRegex(" alt=\"([^\"]*)\">")]
    private static partial Regex Alt();

    [GeneratedRegex("data-category=\"([^\"]*)\" data-challenge=\"([^\"]*)\">")]
    private static partial Regex Data();

    [GeneratedRegex("(?:src|href)=\"([^\"]*)\"")]
    private static partial Regex Reference();

    [GeneratedRegex("<option value=\"([^\"]+)\">")]
    private static partial Regex Option();
}
