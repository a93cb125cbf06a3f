using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Parti.Inference;
using Parti.Models.Checkpoints;
using Parti.Native;
using Parti.Silo.Http;

namespace Parti.Silo.Composition;

/// <summary>What to say of a silo that could not start: one line, never a stack.</summary>
internal static class StartFaults
{
    /// <summary>The cause and the way out.</summary>
    internal static string OneLine(Exception error) => error switch
    {
        SiloStartException or TorchStartException or EngineRequestException or CheckpointException => error.Message,
        OptionsValidationException options => string.Join(" ", options.Failures),
        AggregateException { InnerExceptions: [var only] } => OneLine(only),
        IOException when SocketOf(error) is not null => $"{FirstLine(error).TrimEnd('.')}; name another address with {PartiHttpOptions.Section}:{nameof(PartiHttpOptions.Url)}.",
        _ when SocketOf(error) is { SocketErrorCode: SocketError.AddressAlreadyInUse } => "A port of the silo is taken by another program; set Parti:Cluster:SiloPort and Parti:Cluster:GatewayPort, or 0 for free ones.",
        _ => $"The silo cannot start: {FirstLine(error)} ({error.GetType().Name})",
    };

    /// <summary>Closes what could not start; why that fails too says less than why it could not start.</summary>
    internal static async Task AbandonAsync(IAsyncDisposable host)
    {
        try
        {
            await host.DisposeAsync();
        }
        catch (Exception)
        {
            // See above.
        }
    }

    /// <summary>The first line of a message: some libraries append a stack or a transcript.</summary>
    internal static string FirstLine(Exception error) => error.Message.Split('\n')[0].Trim();

    private static SocketException? SocketOf(Exception? error) => error is null ? null : error as SocketException ?? SocketOf(error.InnerException);
}
