using Parti.Training.Metrics;
using Parti.Training.Runs;

namespace Parti.Training.Recipes;

/// <summary>Keeps the picture of a training's curves fresh, without drawing it at every row, and its TensorBoard events.</summary>
/// <param name="folder">Run folder of a part.</param>
/// <param name="time">Clock of the events.</param>
sealed class RunCurves(string folder, TimeProvider time)
{
    readonly EventFile _events = new(Path.Combine(folder, "events"), time);

    const int RowsBetween = 20;
    int _rows;

    /// <summary>Told of every new row.</summary>
    /// <param name="row">The row.</param>
    public void Follow(TrainingProgress row)
    {
        foreach ((string column, double value) in row.Measures)
        {
            _events.Add(column, row.Step, value);
        }
        if (_rows++ % RowsBetween == 0)
        {
            Finish();
        }
    }

    /// <summary>Draws the curves as they are.</summary>
    public void Finish()
    {
        if (File.Exists(Path.Combine(folder, MetricsCurves.MetricsName)))
        {
            MetricsCurves.Write(folder);
        }
    }
}
