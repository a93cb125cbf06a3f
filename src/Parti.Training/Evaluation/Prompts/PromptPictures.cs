using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Parti.Training.Drawing;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Evaluation.Prompts;

/// <summary>How the pictures of a list are made.</summary>
/// <param name="Setting">Guidance scale and temperature.</param>
/// <param name="Seed">With the prompt it fixes a picture's random numbers.</param>
public sealed record PromptPictureOptions(SamplingSetting Setting, ulong Seed);

/// <summary>A prompt and the file of its picture.</summary>
/// <param name="Entry">The prompt.</param>
/// <param name="File">Name of the file below the sheet's folder, with <c>/</c>.</param>
public sealed record PromptPicture(PromptEntry Entry, string File);

/// <summary>
/// One picture a prompt in a folder. A file's name holds a hash of everything that its picture depends on, so that a later call makes only
/// what is missing, and no picture of other weights or another setting is taken for it.
/// </summary>
public sealed class PromptPictures
{
    /// <summary>Folder of the pictures below the sheet's.</summary>
    public const string FolderName = "pictures";

    const int Batch = 25, WordsInName = 40, HashInName = 16;

    readonly EvaluatedModel _model;
    readonly PromptPictureOptions _options;
    readonly string _folder;

    /// <summary>Names the picture of every prompt.</summary>
    /// <param name="model">Model that takes prompts.</param>
    /// <param name="options">How pictures are made.</param>
    /// <param name="entries">Prompts, all different.</param>
    /// <param name="folder">Folder of the sheet.</param>
    public PromptPictures(EvaluatedModel model, PromptPictureOptions options, IReadOnlyList<PromptEntry> entries, string folder)
    {
        (_model, _options, _folder) = (model, options, folder);
        string fixedParts = $"{model.Fingerprint()}\n{options.Seed}\n{options.Setting.Guidance:R}\n{options.Setting.Temperature:R}\n";
        All = [.. entries.Select(entry => new PromptPicture(entry, $"{FolderName}/{Words(entry.Prompt)}-{Convert.ToHexStringLower(Hash(fixedParts + entry.Prompt))[..HashInName]}.png"))];
    }

    /// <summary>Every prompt with its file, in the list's order.</summary>
    public IReadOnlyList<PromptPicture> All { get; }

    /// <summary>The ones whose files are there.</summary>
    public IReadOnlyList<PromptPicture> Present => [.. All.Where(picture => File.Exists(PathOf(picture)))];

    /// <summary>Path of a picture.</summary>
    /// <param name="picture">One of <see cref="All"/>.</param>
    public string PathOf(PromptPicture picture) => Path.Combine(_folder, picture.File);

    /// <summary>Makes what is missing; what is there stays as it is.</summary>
    /// <param name="report">Told of the pictures that are there, before the first batch and after each.</param>
    /// <param name="cancellationToken">Stops after the current batch; what was made stays.</param>
    /// <returns>False where it was stopped before the last picture.</returns>
    /// <exception cref="IOException">A picture cannot be written.</exception>
    public bool Make(Action<EvaluationProgress> report, CancellationToken cancellationToken = default)
    {
        PromptPicture[] missing = [.. All.Except(Present)];
        int done = All.Count - missing.Length;
        report(new("prompts", done, All.Count));
        foreach (PromptPicture[] batch in missing.Chunk(Batch))
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return false;
            }
            Make(batch);
            report(new("prompts", done += batch.Length, All.Count));
        }
        return true;
    }

    void Make(PromptPicture[] batch)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor tokens = _model.Sample([.. batch.Select(picture => picture.Entry.Prompt)], _options.Setting, [.. batch.Select(SeedOf)]);
        foreach ((PromptPicture picture, byte[] pixels) in batch.Zip(PictureBytes.From(_model.ImageTokenizer.Decode(tokens))))
        {
            PngFile.Write(PathOf(picture), PngFile.Encode(pixels));
        }
    }

    ulong SeedOf(PromptPicture picture) => BinaryPrimitives.ReadUInt64LittleEndian(Hash($"{_options.Seed}\n{picture.Entry.Prompt}"));

    static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    /// <summary>The beginning of a prompt as a name that every file system takes.</summary>
    internal static string Words(string prompt)
    {
        IEnumerable<string> words = new string([.. prompt.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string name = string.Join('-', words);
        return name.Length == 0 ? "prompt" : name[..Math.Min(WordsInName, name.Length)].Trim('-');
    }
}
