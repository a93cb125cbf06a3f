using Parti.Abstractions;
using Parti.Grains.Imaging;
using Parti.Inference;
using Parti.Inference.Imaging;

namespace Parti.Silo.Http.Jobs;

/// <summary>Makes stored pictures over into other formats and sizes, a few at a time, off the request's thread.</summary>
/// <param name="encoder">Writes files.</param>
internal sealed class PictureConversions(IPictureEncoder encoder) : IDisposable
{
    // A conversion is a few milliseconds of one core; more at once would only take cores from the engine.
    private readonly SemaphoreSlim _places = new(2);

    /// <summary>The picture in another format or size.</summary>
    /// <param name="file">A stored picture.</param>
    /// <param name="format">Format of the result.</param>
    /// <param name="edge">Edge in pixels; null for that of the stored one.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    internal Task<byte[]> ConvertAsync(byte[] file, OutputFormat format, int? edge, CancellationToken cancellationToken) =>
        RunAsync(() => Convert(file, format, edge), cancellationToken);

    /// <summary>The picture under a map of weights, as PNG.</summary>
    /// <param name="file">A stored picture.</param>
    /// <param name="map">The map.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    internal Task<byte[]> UnderHeatAsync(byte[] file, AttentionAnswer map, CancellationToken cancellationToken) =>
        RunAsync(() => encoder.Encode(HeatMap.Over(PictureDecoder.Decode(file), map.Weights, map.Side), OutputFormat.Png, null), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private async Task<byte[]> RunAsync(Func<byte[]> convert, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(convert, cancellationToken);
        }
        finally
        {
            _places.Release();
        }
    }

    private byte[] Convert(byte[] file, OutputFormat format, int? edge)
    {
        Picture picture = PictureDecoder.Decode(file);
        return encoder.Encode(edge is int pixels ? PictureScaler.Resize(picture, pixels, pixels) : picture, format, null);
    }
}
