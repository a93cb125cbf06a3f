using Parti.Abstractions;

namespace Parti.Silo.Http.OpenAi;

/// <summary>When the pictures so far of a stream are due: evenly spread over an image's tokens, at most one per report.</summary>
/// <param name="partials">How many are wanted of each image.</param>
/// <param name="images">Number of images.</param>
internal sealed class PartialSchedule(int partials, int images)
{
    private readonly int[] _sent = new int[images];

    /// <summary>Index of the picture that is due now, or null where none is.</summary>
    internal int? Take(ImageSnapshot image)
    {
        int sent = _sent[image.Index];
        bool isDue = sent < partials && image.TokensDone < image.TokensTotal && image.TokensDone * (partials + 1) >= (sent + 1) * image.TokensTotal;
        return isDue ? _sent[image.Index]++ : null;
    }
}
