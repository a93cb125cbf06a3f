using System.Text.Json;
using Parti.Models.Families.Parity;

namespace Parti.Models.Tests.Families.MinDalle;

/// <summary>The fixtures of the family; <c>mega-like</c> borrows the detokenizer of <c>mini-like</c>.</summary>
internal sealed class MinDalleFixture : IDisposable
{
    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "Fixtures", "min-dalle");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("parti-min-dalle-");

    public MinDalleFixture(string variant)
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Root, "mini-like"), "detoker.*").Concat(Directory.EnumerateFiles(Path.Combine(Root, variant))))
        {
            File.Copy(file, FileOf(Path.GetFileName(file)), overwrite: true);
        }

        Opened = Fixture.Open(_folder.FullName);
    }

    public Fixture Opened { get; }

    public string[] Prompts
    {
        get
        {
            using JsonDocument prompts = JsonDocument.Parse(File.ReadAllBytes(FileOf("prompts.json")));
            return [.. prompts.RootElement.EnumerateArray().Select(prompt => prompt.GetProperty("text").GetString()!)];
        }
    }

    public string FileOf(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose()
    {
        Opened.Dispose();
        _folder.Delete(recursive: true);
    }
}
