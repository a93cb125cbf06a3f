using System.Net;
using System.Net.Sockets;

namespace Parti.Silo;

/// <summary>Finds ports of this machine that nobody listens on.</summary>
internal static class LoopbackPorts
{
    /// <summary>Two different free ports.</summary>
    internal static (int First, int Second) TakeTwo()
    {
        // Both are open at once, so that the second cannot be the first.
        using TcpListener first = new(IPAddress.Loopback, 0);
        using TcpListener second = new(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return (((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port);
    }
}
