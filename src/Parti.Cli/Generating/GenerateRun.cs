using Parti.Abstractions;
using Parti.Client;

namespace Parti.Cli.Generating;

/// <summary>One run of <c>generate</c>: a job per prompt, all of them at once.</summary>
/// <param name="context">Where to write.</param>
/// <param name="client">The cluster.</param>
/// <param name="files">Where pictures go.</param>
/// <param name="json">Whether results are written as JSON.</param>
/// <param name="preview">Whether unfinished pictures are written too.</param>
/// <param name="maxTextTokens">Most text tokens that the model reads, end-of-sequence included; null where only the server knows.</param>
internal sealed class GenerateRun(CliContext context, IPartiClient client, PictureFiles files, bool json, bool preview, int? maxTextTokens)
{
    private const int JobsAtOnce = 256;
    private readonly IProgressDisplay _display = ProgressDisplay.For(context, quiet: json);
    private readonly List<string> _lines = [];

    /// <summary>Makes every request's pictures.</summary>
    /// <returns>The exit code; the first failure's where there is one. The other jobs go on.</returns>
    internal async Task<int> RunAsync(IReadOnlyList<GenerationRequest> requests, CancellationToken cancellationToken)
    {
        int[] codes = [];
        using SemaphoreSlim places = new(JobsAtOnce);
        try
        {
            await _display.RunAsync(async () => codes = await Task.WhenAll(requests.Select(request => OneAsync(request, places, cancellationToken))));
        }
        finally
        {
            Flush();
        }

        return codes.FirstOrDefault(code => code != ExitCodes.Done);
    }

    private async Task<int> OneAsync(GenerationRequest request, SemaphoreSlim places, CancellationToken cancellationToken)
    {
        await places.WaitAsync(cancellationToken);
        try
        {
            await MakeAsync(request, cancellationToken);
            return ExitCodes.Done;
        }
        catch (Exception error) when (error is PartiException or CommandFailedException)
        {
            WriteError(error.Message.ReplaceLineEndings(" "));
            return ExitCodes.Of(error);
        }
        finally
        {
            places.Release();
        }
    }

    private async Task MakeAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        string id = JobKey.NewId(TimeProvider.System);
        JobHandle job = client.GetJob(id);
        PreviewFiles previews = new(job, files, preview);
        try
        {
            await client.SubmitAsync(request, id, cancellationToken);
            await foreach (JobEvent change in job.WatchAsync(0, cancellationToken))
            {
                _display.Show(id, change);
                await previews.ShowAsync(change, cancellationToken);
            }

            await FinishAsync(await job.GetResultAsync(cancellationToken), cancellationToken);
        }
        catch (JobFailedException failed) when (json)
        {
            Write(JobText.Json(failed.Job, new Dictionary<int, string>()));
            throw;
        }
        catch (OperationCanceledException)
        {
            await CancelAsync(job);
            throw;
        }
        finally
        {
            previews.Remove();
        }
    }

    private async Task FinishAsync(GenerationResult result, CancellationToken cancellationToken)
    {
        if (JobText.Truncation(result.Job, maxTextTokens) is { } warning)
        {
            WriteError(warning);
        }

        Dictionary<int, string> paths = [];
        foreach (GeneratedImage image in result.Images)
        {
            string path = files.PathOf(result.Job.Id, image.Index, image.Format);
            await PictureFiles.WriteAsync(path, image.Bytes, cancellationToken);
            paths[image.Index] = path;
        }

        if (json)
        {
            Write(JobText.Json(result.Job, paths));
            return;
        }

        Write(string.Join('\n', result.Images.Select(image => $"{paths[image.Index]}  seed {image.Seed}").Append(JobText.Timings(result.Job.Timings))));
    }

    /// <summary>Writes a result at once, or after the bars where they own the terminal.</summary>
    private void Write(string text)
    {
        lock (_lines)
        {
            if (context.IsTerminal && !json)
            {
                _lines.Add(text);
            }
            else
            {
                context.Output.WriteLine(text);
            }
        }
    }

    private void WriteError(string line)
    {
        lock (_lines)
        {
            context.Error.WriteLine(line);
        }
    }

    private void Flush()
    {
        lock (_lines)
        {
            _lines.ForEach(context.Output.WriteLine);
            _lines.Clear();
        }
    }

    private static async Task CancelAsync(JobHandle job)
    {
        try
        {
            await job.CancelAsync(CancellationToken.None);
        }
        catch (PartiException)
        {
            // The job never came to be.
        }
    }
}
