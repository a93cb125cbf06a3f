using Parti.Training.Data;
using Parti.Training.Sprites;
using Parti.Training.Tests.Data;
using SkiaSharp;

namespace Parti.Training.Tests.Sprites;

public sealed class SpriteSetTests : IDisposable
{
    const string Two = """
        {"file": "a.png", "name": "fox", "plural": "foxes", "tags": ["animal"]}
        {"file": "b.png", "name": "owl"}
        """;

    readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_TwoSprites_HasNamesPluralsAndTags()
    {
        SpriteSet set = Set(Two);

        Assert.Equal(["fox", "owl"], set.Sprites.Select(sprite => sprite.Name));
        Assert.Equal(["foxes", "owls"], set.Sprites.Select(sprite => sprite.Plural));
        Assert.Equal(["animal"], set.Sprites[0].Tags);
        Assert.Empty(set.Sprites[1].Tags);
    }

    [Fact]
    public void Open_AnotherPictureOrName_HasAnotherDigest()
    {
        string before = Set(Two).Digest, same = SpriteSet.Open(_folder.Root).Digest, name = Set(Two.Replace("owl", "owls", StringComparison.Ordinal)).Digest;
        Set(Two);
        _folder.Write("a.png", DataFolder.Png(8, 8, (_, _) => SKColors.Blue));

        Assert.Equal(before, same);
        Assert.Equal(3, new[] { before, name, SpriteSet.Open(_folder.Root).Digest }.Distinct().Count());
    }

    [Theory]
    [InlineData("""{"file": "a.png"}""", "sprites.jsonl:1")]
    [InlineData("""{"file": "a.png", "name": " "}""", "sprites.jsonl:1")]
    [InlineData("""{"file": "a.png", "name": "fox", "plural": 3}""", "sprites.jsonl:1")]
    [InlineData("""{"file": "a.png", "name": "fox", "tags": "animal"}""", "sprites.jsonl:1")]
    [InlineData("""{"file": "a.png", "name": "fox", "tags": [1]}""", "sprites.jsonl:1")]
    [InlineData("[]", "sprites.jsonl:1")]
    [InlineData("fox", "sprites.jsonl:1")]
    [InlineData("{\"file\": \"a.png\", \"name\": \"fox\"}\n{\"file\": \"b.png\", \"name\": \"Fox\"}", "a second time")]
    [InlineData("""{"file": "a.png", "name": "fox"}""", "1 sprites, allowed are 2 to 4096")]
    [InlineData("{\"file\": \"../a.png\", \"name\": \"fox\"}\n{\"file\": \"b.png\", \"name\": \"owl\"}", "must lead down")]
    [InlineData("{\"file\": \"none.png\", \"name\": \"fox\"}\n{\"file\": \"b.png\", \"name\": \"owl\"}", "cannot be read")]
    [InlineData("{\"file\": \"sprites.jsonl\", \"name\": \"fox\"}\n{\"file\": \"b.png\", \"name\": \"owl\"}", "is no PNG or WebP picture")]
    public void Open_BadManifest_IsRefusedByPlaceAndReason(string manifest, string expected) =>
        Assert.Contains(expected, Assert.Throws<DataException>(() => Set(manifest)).Message, StringComparison.Ordinal);

    [Fact]
    public void Open_MorePixelsThanAreHeld_SaysSo()
    {
        _folder.Write("large.png", DataFolder.Png(1024, 1024, (_, _) => SKColors.Red));
        _folder.Write("sprites.jsonl", string.Join('\n', Enumerable.Range(0, 33).Select(i => $$"""{"file": "large.png", "name": "thing {{i}}"}""")));

        Assert.Contains("at most 33554432 are held", Assert.Throws<DataException>(() => SpriteSet.Open(_folder.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Draw_WideSpriteWithHoles_IsCentredAndShowsTheBackground()
    {
        Set(Two);
        _folder.Write("a.png", DataFolder.Png(16, 8, (x, _) => x < 8 ? new SKColor(255, 0, 0) : new SKColor(0, 0, 255, 128)));
        SpriteScene scene = new(Training.Scenes.Background.White, [new(0, SpriteSize.Large, 1, 2)]);
        byte[] picture = new SpriteRenderer(SpriteSet.Open(_folder.Root)).Draw(scene, 64);

        Assert.Equal<byte>([255, 255, 255], At(picture, 12, 18));
        Assert.Equal<byte>([255, 0, 0], At(picture, 12, 32));
        Assert.Equal<byte>([127, 127, 255], At(picture, 36, 32));
        Assert.Equal<byte>([255, 255, 255], At(picture, 36, 46));
    }

    static byte[] At(byte[] picture, int x, int y) => picture[(3 * (64 * y + x))..(3 * (64 * y + x) + 3)];

    SpriteSet Set(string manifest)
    {
        _folder.Write("a.png", DataFolder.Png(8, 8, (_, _) => SKColors.Red));
        _folder.Write("b.png", DataFolder.Png(8, 8, (_, _) => SKColors.Green));
        _folder.Write("sprites.jsonl", manifest);
        return SpriteSet.Open(_folder.Root);
    }
}
