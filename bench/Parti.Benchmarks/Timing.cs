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
                double took = Seconds(actions[i]);
                if (run >= 0)
                {
                    seconds[i][run] = took;
                }
            }
        }
        return [.. seconds.Select(runs => runs.Order().ElementAt(repeats / 2))];
    }

    /// <summary>An action whose first run of a turn is not timed: the library's threads spin for a while after a product, next to whoever comes next.</summary>
    /// <param name="repeats">Runs of each, after one that is not counted.</param>
    /// <param name="settled">Runs twice a turn, of which the second is timed.</param>
    /// <param name="other">Runs once a turn.</param>
    /// <returns>Seconds of both.</returns>
    public static (double Settled, double Other) Settled(int repeats, Action settled, Action other)
    {
        List<double> first = [], second = [];
        for (int run = -1; run < repeats; run++)
        {
            settled();
            first.Add(Seconds(settled));
            second.Add(Seconds(other));
        }
        return (first.Skip(1).Order().ElementAt(repeats / 2), second.Skip(1).Order().ElementAt(repeats / 2));
    }

    static double Seconds(Action action)
    {
        long started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
