using Parti.Abstractions;

namespace Parti.Cli.Generating;

/// <summary>One line per change of stage and per quarter of an image.</summary>
/// <param name="output">Where to write.</param>
internal sealed class PlainProgress(TextWriter output) : IProgressDisplay
{
    private const int Steps = 4;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Job, int Image), int> _shown = [];

    /// <inheritdoc/>
    public Task RunAsync(Func<Task> work) => work();

    /// <inheritdoc/>
    public void Show(string job, JobEvent change)
    {
        lock (_gate)
        {
            if (change.Type == JobEventType.Queued)
            {
                output.WriteLine($"{job} queued");
            }

            if (change.Changed.Stage is { } stage)
            {
                output.WriteLine($"{job} {stage.ToString().ToLowerInvariant()}");
            }

            foreach (ImageSnapshot image in change.Changed.Images ?? [])
            {
                ShowTokens(job, image);
            }
        }
    }

    private void ShowTokens(string job, ImageSnapshot image)
    {
        int step = image.TokensTotal == 0 ? 0 : image.TokensDone * Steps / image.TokensTotal;
        if (step > _shown.GetValueOrDefault((job, image.Index)))
        {
            _shown[(job, image.Index)] = step;
            output.WriteLine($"{job} image {image.Index}: {image.TokensDone} of {image.TokensTotal} tokens");
        }
    }
}
