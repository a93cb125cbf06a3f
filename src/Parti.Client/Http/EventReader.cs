using System.Text;
using System.Text.Json;
using Parti.Abstractions;

namespace Parti.Client;

/// <summary>Reads server-sent events. An event is whole or not there: a stream cut in the middle of one does not yield it.</summary>
/// <param name="stream">The body of an answer.</param>
/// <param name="silence">How long nothing may come.</param>
/// <param name="time">The clock.</param>
internal sealed class EventReader(Stream stream, TimeSpan silence, TimeProvider time) : IDisposable
{
    private readonly StreamReader _reader = new(stream, Encoding.UTF8);
    private readonly StringBuilder _data = new();

    /// <summary>The next event, or null at the end of the stream.</summary>
    /// <exception cref="IOException">The stream was cut, or nothing came for too long.</exception>
    internal async Task<JobEvent?> NextAsync(CancellationToken cancellationToken)
    {
        _data.Clear();
        while (await LineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("data:", StringComparison.Ordinal))
            {
                _data.Append(line.AsSpan(5).TrimStart(' '));
            }
            else if (line.Length == 0 && _data.Length > 0)
            {
                return Parse();
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private JobEvent Parse()
    {
        try
        {
            return JsonSerializer.Deserialize(_data.ToString(), PartiEventJson.Default.JobEvent) ?? throw new IOException("The stream has an empty event.");
        }
        catch (JsonException error)
        {
            throw new IOException("The stream has an event that cannot be read.", error);
        }
    }

    private async Task<string?> LineAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(silence, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await _reader.ReadLineAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"Nothing came for {silence.TotalSeconds} s.");
        }
    }
}
