namespace Parti.Http.Tests;

/// <summary>Real connections whose event streams break after a random number of bytes, a number of times.</summary>
internal sealed class BreakingHandler(Random random, int most) : DelegatingHandler(new SocketsHttpHandler())
{
    public int Broken { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
        if (Broken < most && answer.Content.Headers.ContentType?.MediaType == "text/event-stream")
        {
            Broken++;
            Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken);
            answer.Content = new StreamContent(new BreakingStream(body, random.Next(0, 6000)));
        }

        return answer;
    }

    private sealed class BreakingStream(Stream inner, int left) : Stream
    {
        private int _left = left;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_left == 0)
            {
                throw new IOException("The test broke the connection.");
            }

            int read = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], cancellationToken);
            _left -= read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
