using Parti.Grains.Queues;

namespace Parti.Grains.Workers;

/// <summary>What a worker has done so far, and how fast. Not thread-safe; lives on its grain's scheduler.</summary>
/// <param name="time">The clock.</param>
internal sealed class WorkerTally(TimeProvider time)
{
    private (long Tokens, long At) _rateFrom = (0, time.GetTimestamp());

    private readonly CompletionRate _images = new(time);

    /// <summary>Stored images.</summary>
    internal long ImagesDone { get; private set; }

    /// <summary>Stored images a second over the last minute; null while fewer than two were.</summary>
    internal double? ImagesPerSecond => _images.PerSecond;

    /// <summary>Sampled tokens.</summary>
    internal long TokensDone { get; set; }

    /// <summary>Over the time between the last two measurements.</summary>
    internal double TokensPerSecond { get; private set; }

    /// <summary>One more image is stored.</summary>
    internal void CountImage()
    {
        ImagesDone++;
        _images.Count();
    }

    /// <summary>Takes the rate since the last measurement, unless that is less than a second ago.</summary>
    internal void Measure()
    {
        double seconds = time.GetElapsedTime(_rateFrom.At).TotalSeconds;
        if (seconds >= 1)
        {
            TokensPerSecond = Math.Round((TokensDone - _rateFrom.Tokens) / seconds, 1);
            _rateFrom = (TokensDone, time.GetTimestamp());
        }
    }
}
