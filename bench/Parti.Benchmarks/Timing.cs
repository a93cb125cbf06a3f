using System.Diagnostics;

namespace Parti.Benchmarks;

/// <summary>Medians of runs that take turns, so that a disturbance of the machine meets all of them.</summary>
static class Timing
{
    /// <summary>Seconds of each action.</summary>
    /// <param name="repeats">Runs of each, after one that is not counted.</param>
    /// <param name="actions">What to time.</param>
    public static double[] Medians(int repeats, params Action[] actions)
    {
        double[][] seconds = [.. actions.Select(_ => new double[repeats])];
        for (int run = -1; run < repeats; run++)
        {
            for (int i = 0; i < actions.Length; i++)
            {
                long started = Stopwatch.GetTimestamp();
                actions[i]();
                if (run >= 0)
                {
                    seconds[i][run] = Stopwatch.GetElapsedTime(started).TotalSeconds;
                }
            }
        }
        return [.. seconds.Select(runs => runs.Order().ElementAt(repeats / 2))];
    }
}
