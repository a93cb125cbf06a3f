using Parti.Abstractions;

namespace Parti.Silo.Http.OpenAi;

/// <summary>
/// Which pictures so far a stream shows: evenly spread over an image's tokens, each of so many tokens and no more. However fast an image is made
/// and however its reports come, the same request shows the same pictures.
/// </summary>
/// <param name="partials">How many are wanted of each image.</param>
/// <param name="images">Number of images.</param>
internal sealed class PartialSchedule(int partials, int images)
{
    private readonly int[] _sent = new int[images];

    /// <summary>The pictures that are due now and were not taken before: their index, and how many tokens they show.</summary>
    internal IEnumerable<(int Partial, int Tokens)> Take(ImageSnapshot image)
    {
        while (_sent[image.Index] < partials && TokensOf(_sent[image.Index], image) is int tokens && tokens <= image.TokensDone)
        {
            yield return (_sent[image.Index]++, tokens);
        }
    }

    private int TokensOf(int partial, ImageSnapshot image) => (((partial + 1) * image.TokensTotal) + partials) / (partials + 1);
}
