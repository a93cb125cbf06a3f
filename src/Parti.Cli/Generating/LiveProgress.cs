using System.Globalization;
using Parti.Abstractions;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Parti.Cli.Generating;

/// <summary>One bar per image: stage, tokens, tokens a second, time left.</summary>
/// <param name="console">The terminal.</param>
internal sealed class LiveProgress(IAnsiConsole console) : IProgressDisplay
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Job, int Image), ProgressTask> _bars = [];
    private readonly Dictionary<string, Stage> _stages = [];
    private ProgressContext? _context;

    /// <inheritdoc/>
    public Task RunAsync(Func<Task> work) => console.Progress()
        .HideCompleted(true)
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new TokensColumn(), new RemainingTimeColumn())
        .StartAsync(context =>
        {
            _context = context;
            return work();
        });

    /// <inheritdoc/>
    public void Show(string job, JobEvent change)
    {
        lock (_gate)
        {
            if (change.Changed.Stage is { } stage)
            {
                _stages[job] = stage;
                foreach (((_, int image), ProgressTask bar) in _bars.Where(bar => bar.Key.Job == job))
                {
                    bar.Description = Describe(job, image);
                }
            }

            foreach (ImageSnapshot image in change.Changed.Images ?? [])
            {
                ShowImage(job, image);
            }
        }
    }

    private void ShowImage(string job, ImageSnapshot image)
    {
        if (!_bars.TryGetValue((job, image.Index), out ProgressTask? bar))
        {
            if (_context is null || image.State.IsTerminal())
            {
                return;
            }

            bar = _context.AddTask(Describe(job, image.Index), maxValue: Math.Max(1, image.TokensTotal));
            _bars.Add((job, image.Index), bar);
        }

        // A bar that is full vanishes: the picture is not there before it is stored.
        bar.Value = image.State.IsTerminal() ? bar.MaxValue : Math.Min(image.TokensDone, bar.MaxValue - 0.001);
        bar.Description = Describe(job, image.Index);
    }

    private string Describe(string job, int image)
    {
        string stage = _stages.TryGetValue(job, out Stage now) ? now.ToString().ToLowerInvariant() : "queued";
        return Markup.Escape($"{job}-{image} {stage}");
    }

    private sealed class TokensColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(string.Create(
            CultureInfo.InvariantCulture, $"{Math.Round(task.Value)} of {task.MaxValue} tokens, {task.Speed ?? 0:0} tokens/s"));
    }
}
