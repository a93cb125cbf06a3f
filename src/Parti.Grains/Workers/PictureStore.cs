using System.Security.Cryptography;
using Parti.Abstractions;
using Parti.Grains.Imaging;
using Parti.Grains.Storage;
using Parti.Inference;

namespace Parti.Grains.Workers;

/// <summary>A picture that is durable.</summary>
/// <param name="Path">Where, relative to the store.</param>
/// <param name="Sha256">Of the stored bytes.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Milliseconds">How long encoding and storing took.</param>
internal sealed record StoredPicture(string Path, string Sha256, int Width, int Height, long Milliseconds);

/// <summary>Turns pixels into a file of the job's results.</summary>
/// <param name="encoder">Makes the file's bytes.</param>
/// <param name="results">Keeps them.</param>
/// <param name="sources">What edited pictures are laid over.</param>
/// <param name="time">The clock.</param>
internal sealed class PictureStore(IPictureEncoder encoder, IResultStore results, SourcePictures sources, TimeProvider time)
{
    /// <summary>Stores one image of a job.</summary>
    internal async Task<StoredPicture> StoreAsync(RunningWork work, WorkInput input, Picture picture)
    {
        long from = time.GetTimestamp();
        OutputFormat format = input.Parameters.OutputFormat;
        string? text = format == OutputFormat.Png ? ParametersText.For(work.Feed.Model, input.Prompt, input.Parameters, work.Key.Image) : null;
        Picture whole = await sources.ComposeAsync(work, input, picture);
        (byte[] bytes, string digest) = await Task.Run(() => Encode(whole, format, text, input.Parameters.OutputCompression), work.Stop.Token);
        int index = input.PictureIndex ?? work.Key.Image;
        string path = ResultPaths.Image(work.Key.Job, input.CreatedAt, index, format);
        if (await results.PutAsync(path, bytes, work.Stop.Token) == PutOutcome.AlreadyExists && !await IsStoredAsync(path, digest))
        {
            // Another picture has the name, for instance one of a deleted job of the same id: the content makes a name of its own.
            path = ResultPaths.Image(work.Key.Job, input.CreatedAt, index, format, digest);
            await results.PutAsync(path, bytes, work.Stop.Token);
        }

        // Nothing stops the work between here and its report: what is stored is told.
        return new(path, digest, picture.Width, picture.Height, (long)time.GetElapsedTime(from).TotalMilliseconds);
    }

    private (byte[] Bytes, string Digest) Encode(Picture picture, OutputFormat format, string? text, int? quality)
    {
        byte[] bytes = encoder.Encode(picture, format, text, quality);
        return (bytes, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    /// <summary>Whether an earlier attempt stored the same and was lost before it could say so.</summary>
    private async Task<bool> IsStoredAsync(string path, string digest)
    {
        byte[]? stored = await results.ReadAsync(path);
        return stored is not null && await Task.Run(() => Convert.ToHexStringLower(SHA256.HashData(stored))) == digest;
    }
}
