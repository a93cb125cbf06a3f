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
        byte[] bytes = await Task.Run(() => encoder.Encode(whole, format, text, input.Parameters.OutputCompression), work.Stop.Token);
        string path = ResultPaths.Image(work.Key.Job, input.CreatedAt, work.Key.Image, format);
        if (await results.PutAsync(path, bytes, work.Stop.Token) == PutOutcome.AlreadyExists)
        {
            // An earlier attempt stored it and was lost before it could say so: what is stored counts.
            bytes = await results.ReadAsync(path, work.Stop.Token) ?? bytes;
        }

        // Not on the grain's scheduler: a large picture takes milliseconds.
        string digest = await Task.Run(() => Convert.ToHexStringLower(SHA256.HashData(bytes)), work.Stop.Token);
        return new(path, digest, picture.Width, picture.Height, (long)time.GetElapsedTime(from).TotalMilliseconds);
    }
}
