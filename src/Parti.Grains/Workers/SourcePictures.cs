using Parti.Abstractions;
using Parti.Grains.Storage;
using Parti.Inference;
using Parti.Inference.Imaging;

namespace Parti.Grains.Workers;

/// <summary>The pictures that jobs edit: read from the result store, made tokens, laid around what was drawn.</summary>
/// <param name="engine">The device's engine.</param>
/// <param name="results">Where they are stored.</param>
internal sealed class SourcePictures(IInferenceEngine engine, IResultStore results)
{
    /// <summary>Tokens of a job's source, open under its mask; null where the job edits nothing.</summary>
    internal async Task<int[]?> TokenizeAsync(RunningWork work, WorkInput input)
    {
        if (input.Source is not { } source)
        {
            return null;
        }

        ModelDescription model = engine.Models[work.Feed.Model];
        MaskedPicture picture = await ReadAsync(work, source);
        Picture native = await Task.Run(() => PictureScaler.FitSquare(picture.Picture, model.NativeSize), work.Stop.Token);
        int[] tokens = await engine.EncodePictureAsync(model.Name, native, work.Stop.Token);
        if (source.Masked)
        {
            bool[] open = picture.OpenTokens(tokens.Length);
            tokens = [.. tokens.Select((token, position) => open[position] ? SampleRequest.Open : token)];
        }

        return tokens;
    }

    /// <summary>The picture to deliver: outside the mask of a source, that source's pixels.</summary>
    internal async Task<Picture> ComposeAsync(RunningWork work, WorkInput input, Picture drawn)
    {
        if (input.Source is not { Masked: true } source)
        {
            return drawn;
        }

        MaskedPicture picture = await ReadAsync(work, source);
        return await Task.Run(() => picture.Compose(drawn), work.Stop.Token);
    }

    private async Task<MaskedPicture> ReadAsync(RunningWork work, SourcePicture source)
    {
        byte[] file = await results.ReadAsync(ResultPaths.Source(work.Key.Job, source.Sha256), work.Stop.Token)
            ?? throw new ResultStoreException("source_missing", $"The picture that job {work.Key.Job.Id} edits is gone; submit it again with its picture.");

        // Not on the grain's scheduler: a large picture takes milliseconds.
        return await Task.Run(() => MaskedPicture.FromFile(file), work.Stop.Token);
    }
}
