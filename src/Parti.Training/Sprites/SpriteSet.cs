using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Parti.Training.Data;

namespace Parti.Training.Sprites;

/// <summary>Sprites to compose pictures of, and their names: a folder with <c>sprites.jsonl</c>. Safe for use by many threads.</summary>
public sealed class SpriteSet
{
    const int MaxEdge = 1024;

    // Four bytes each.
    const long MostPixels = 32L << 20, MostBytes = 16L << 20;

    readonly SpriteImage[] _images;
    readonly ConcurrentDictionary<(int Index, int Edge), SpriteImage> _scaled = new();

    SpriteSet(IReadOnlyList<Sprite> sprites, SpriteImage[] images, string digest) => (Sprites, _images, Digest) = (sprites, images, digest);

    /// <summary>The sprites, in the order of the manifest.</summary>
    public IReadOnlyList<Sprite> Sprites { get; }

    /// <summary>Hash of names and pictures: 16 hexadecimal digits.</summary>
    public string Digest { get; }

    /// <summary>Whether a folder holds sprites.</summary>
    /// <param name="folder">A path.</param>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, SpriteManifest.FileName));

    /// <summary>Reads a folder of sprites.</summary>
    /// <param name="folder">Folder with <c>sprites.jsonl</c> and PNG or WebP pictures of up to 1,024 px an edge and 32 Mi pixels in all, see-through around the thing.</param>
    /// <exception cref="DataException">A row or a picture cannot be used: the line names it.</exception>
    public static SpriteSet Open(string folder)
    {
        string manifest = Path.Combine(folder, SpriteManifest.FileName);
        IReadOnlyList<Sprite> sprites = SpriteManifest.Read(manifest);
        ContainedPaths paths = new(Path.GetFullPath(folder));
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        SpriteImage[] images = new SpriteImage[sprites.Count];
        long pixels = 0;
        for (int i = 0; i < images.Length; i++)
        {
            byte[] file = Bytes(manifest, paths, sprites[i]);
            images[i] = SpriteImage.Decode(file, MaxEdge) ?? throw new DataException($"{manifest}: \"{sprites[i].File}\" is no PNG or WebP picture of up to {MaxEdge} x {MaxEdge} px.");
            pixels += images[i].Cover.Length;
            if (pixels > MostPixels)
            {
                throw new DataException($"{manifest}: the pictures up to \"{sprites[i].File}\" have {pixels} pixels, at most {MostPixels} are held; make them smaller, 256 x 256 is enough.");
            }
            hash.AppendData(Encoding.UTF8.GetBytes($"{string.Join('\t', [sprites[i].Name, sprites[i].Plural, .. sprites[i].Tags])}\n{file.Length}\n"));
            hash.AppendData(file);
        }
        return new(sprites, images, Convert.ToHexStringLower(hash.GetHashAndReset())[..16]);
    }

    /// <summary>A sprite at a size.</summary>
    /// <param name="index">Which one.</param>
    /// <param name="edge">Edge in pixels, from 1.</param>
    internal SpriteImage At(int index, int edge) => _scaled.GetOrAdd((index, edge), key => _images[key.Index].Resized(key.Edge));

    static byte[] Bytes(string manifest, ContainedPaths paths, Sprite sprite)
    {
        string file = paths.Resolve(sprite.File)
            ?? throw new DataException($"{manifest}: \"{sprite.File}\" must lead down from the manifest's folder, with no \"..\" and over no link.");
        try
        {
            return new FileInfo(file).Length <= MostBytes
                ? File.ReadAllBytes(file)
                : throw new DataException($"{manifest}: \"{sprite.File}\" has more than {MostBytes} bytes.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{manifest}: \"{sprite.File}\" cannot be read: {error.Message}", error);
        }
    }
}
