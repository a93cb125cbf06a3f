using Parti.Abstractions;
using Parti.Client;

namespace Parti.Cli.Generating;

/// <summary>The pictures so far, written beside the final ones each quarter of the way and removed in the end.</summary>
/// <param name="job">The job.</param>
/// <param name="files">Where pictures go.</param>
/// <param name="enabled">Whether there are any.</param>
internal sealed class PreviewFiles(JobHandle job, PictureFiles files, bool enabled)
{
    private const int Steps = 4;
    private readonly Dictionary<int, int> _steps = [];
    private readonly HashSet<string> _written = [];

    /// <summary>Writes the previews that an event makes due.</summary>
    internal async Task ShowAsync(JobEvent change, CancellationToken cancellationToken)
    {
        foreach (ImageSnapshot image in enabled ? change.Changed.Images ?? [] : [])
        {
            int step = image.TokensTotal == 0 ? 0 : image.TokensDone * Steps / image.TokensTotal;
            if (step > _steps.GetValueOrDefault(image.Index) && !image.State.IsTerminal())
            {
                _steps[image.Index] = step;
                await WriteAsync(image.Index, cancellationToken);
            }
        }
    }

    /// <summary>Removes what was written.</summary>
    internal void Remove()
    {
        foreach (string path in _written)
        {
            PictureFiles.TryDelete(path);
        }
    }

    private async Task WriteAsync(int image, CancellationToken cancellationToken)
    {
        if (await job.ReadPreviewAsync(image, cancellationToken) is { } bytes)
        {
            string path = Path.ChangeExtension(files.PathOf(job.Id, image, OutputFormat.Png), ".preview.png");
            await PictureFiles.WriteAsync(path, bytes, cancellationToken);
            _written.Add(path);
        }
    }
}
